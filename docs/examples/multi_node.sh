#!/usr/bin/env bash
# One training on several machines: run this on each, with the same words after it as after `diffusion_mpc_ros`.
#
#   NODES=2 PROCESSES=8 HEAD=first.machine docs/examples/multi_node.sh train finetune --run /shared/runs/big
#
# NODES machines with PROCESSES processes each meet at port PORT of HEAD. The run's directory has to be shared.
set -euo pipefail
exec torchrun \
  --nnodes "${NODES:?how many machines}" \
  --nproc-per-node "${PROCESSES:?how many processes on each}" \
  --rdzv-backend c10d \
  --rdzv-endpoint "${HEAD:?name of the first machine}:${PORT:-29400}" \
  --rdzv-id "${TRAINING:-diffusion_mpc_ros}" \
  -m -- diffusion_mpc_ros "$@"
