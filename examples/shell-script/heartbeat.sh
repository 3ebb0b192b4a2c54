#!/bin/sh
# Says every few seconds how full the disk is; a job that used to live in somebody's tmux.
while :; do
  echo "$(date -u +%H:%M:%SZ) disk: $(df -P / | awk 'NR == 2 { print $5 }') used"
  sleep "${EVERY:-5}"
done
