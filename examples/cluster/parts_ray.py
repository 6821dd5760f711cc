#!/usr/bin/env python3
"""A search in parts under Ray: `parts_ray.py PARTS FOLDER MODEL [options of fretwork explore]`, then `fretwork merge FOLDER`.

Without a running cluster (`ray start`), Ray uses this machine. Needs `pip install ray`, and the program `fretwork` and the files on every node.
"""

import subprocess
import sys

import ray


@ray.remote(num_cpus=1, max_retries=5, retry_exceptions=True)
def part(index, parts, folder, arguments):
    """Searches one part; what a lost worker began, the next one goes on with."""
    words = ["fretwork", "explore", *arguments, "--shard", f"{index}/{parts}", "--out", folder, "--quiet"]
    subprocess.run(words, check=True)
    return index


def main():
    parts, folder, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    ray.init()
    waiting = [part.remote(index, parts, folder, arguments) for index in range(parts)]
    while waiting:
        done, waiting = ray.wait(waiting)
        print("part", *ray.get(done), "is done")


if __name__ == "__main__":
    main()
