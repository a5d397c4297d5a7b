#!/bin/bash
# Trains on a cluster of Slurm, goes on after each time limit until the training has ended, and keeps one log:
#   sbatch slurm.sh runs/book text --data book.txt --preset baby --grad-accum-steps 64
# The folder of the run, the domain, then the words of `ramble DOMAIN train`. It needs Open MPI or MPICH on the
# path (most clusters: module load openmpi) and ramble in node_modules of the folder that it is submitted from.
#SBATCH --job-name=ramble
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR2@300
#SBATCH --requeue
#SBATCH --open-mode=append

run=$1 domain=$2
shift 2
# A run that is there goes on; what it was begun with stands in its run.json.
[ -e "$run/run.json" ] && set -- --resume

node_modules/.bin/ramble "$domain" train --out "$run" --ranks "$SLURM_NTASKS" --threads "$SLURM_CPUS_PER_TASK" "$@" &
training=$!
# Five minutes before the limit: save and end. The first wait ends with the signal, the second with the training.
trap 'kill -USR2 "$training"' USR2
wait "$training"
status=$?
[ "$status" -gt 128 ] && kill -0 "$training" 2>/dev/null && { wait "$training"; status=$?; }

# 130: it was stopped and saved.
[ "$status" = 130 ] && exec scontrol requeue "$SLURM_JOB_ID"
exit "$status"
