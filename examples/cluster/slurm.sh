#!/usr/bin/env bash
# A part of a search for each task of an array; what was killed is queued again and goes on where it was.
#
#   job=$(sbatch --parsable --array=0-15 slurm.sh net.tflite --vary rows=4,8,16,32 --vary cols=4,8,16,32)
#   sbatch --dependency=afterok:"$job" --wrap 'fretwork merge parts -o best'
#SBATCH --job-name=fretwork
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=01:00:00
#SBATCH --requeue
set -euo pipefail
export RAYON_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
exec fretwork explore "$@" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --out parts --quiet
