"""A worker that takes jobs until it is asked to stop, and then finishes the one in hand."""

import itertools
import os
import signal
import sys
import time

stopping = False


def stop(signum, frame):
    global stopping
    stopping = True


signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)

pause = float(os.environ.get("PAUSE", "1"))
for job in itertools.count(1):
    if stopping:
        print(f"stopped after {job - 1} jobs")
        sys.exit(0)
    print(f"job {job} done by worker {os.environ.get('NODE_APP_INSTANCE', '?')}")
    time.sleep(pause)
