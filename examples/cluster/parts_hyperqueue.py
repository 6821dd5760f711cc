#!/usr/bin/env python3
"""A search in parts under HyperQueue on this machine: `parts_hyperqueue.py [--kill] PARTS FOLDER MODEL [options of fretwork explore]`.

With --kill, parts are killed at random while they run and queued again until all are done. Then `fretwork merge FOLDER`. Needs `pip install
hyperqueue`, and the program `fretwork` on PATH.
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from hyperqueue import Job
from hyperqueue.cluster import LocalCluster, WorkerConfig


def running(folder):
    """Processes of parts that write into the folder."""
    listed = subprocess.run(["pgrep", "-f", f"explore .*--out {folder}"], capture_output=True, text=True, check=False)
    return [int(process) for process in listed.stdout.split()]


def kill(folder, killed, done):
    """Kills a part every now and then."""
    while not done.is_set():
        time.sleep(random.uniform(0.05, 0.4))
        for process in random.sample(parts := running(folder), min(1, len(parts))):
            try:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
            except ProcessLookupError:
                pass


def round_of_parts(cluster, parts, folder, arguments, work):
    """Queues every part that has no result yet; whether all ended well."""
    job = Job(default_workdir=work, max_fails=None)
    for index in range(parts):
        words = [shutil.which("fretwork"), "explore", *arguments, "--shard", f"{index}/{parts}", "--out", folder, "--quiet"]
        job.program(words, cwd=os.getcwd(), stdout=f"{work}/{index}.out", stderr=f"{work}/{index}.err")
    return cluster.client().wait_for_jobs([cluster.client().submit(job)], raise_on_error=False)


def main():
    words = [word for word in sys.argv[1:] if word != "--kill"]
    parts, folder, arguments = int(words[0]), str(pathlib.Path(words[1]).resolve()), words[2:]
    killed, done = [], threading.Event()
    with tempfile.TemporaryDirectory() as work, LocalCluster() as cluster:
        cluster.start_worker(WorkerConfig(cores=2))
        if "--kill" in sys.argv:
            threading.Thread(target=kill, args=(folder, killed, done), daemon=True).start()
        rounds = 1
        while not round_of_parts(cluster, parts, folder, arguments, work):
            rounds += 1
            if rounds > 5:
                # Whoever kills faster than a search notes its results would never see it end.
                done.set()
    done.set()
    print(f"{parts} parts done in {rounds} rounds, {len(killed)} times one was killed")


if __name__ == "__main__":
    main()
