# Runs MLflow's server until standard input ends: `server.py DIR PORT`. However the test ends, the server does not outlive it.
import os
import signal
import subprocess
import sys

directory, port = sys.argv[1:]
os.setsid()
server = subprocess.Popen(
    [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1",
        "--backend-store-uri", "sqlite:///" + os.path.join(directory, "mlflow.db"),
        "--artifacts-destination", os.path.join(directory, "artifacts"), "--serve-artifacts",
    ],
    stdin=subprocess.DEVNULL,
)  # fmt: skip
signal.signal(signal.SIGCHLD, lambda *_: os.killpg(0, signal.SIGKILL))
sys.stdin.read()
os.killpg(0, signal.SIGKILL)
