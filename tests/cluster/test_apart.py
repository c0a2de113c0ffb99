"""What others print, in Python or below it, while an answer is worked on."""

import subprocess
import sys

PROGRAM = """
import os, subprocess, sys
from menura.cluster.apart import stdout_apart

print("before")
with stdout_apart():
    print("python")
    os.write(1, b"below\\n")
    subprocess.run(["echo", "child"])
try:
    with stdout_apart():
        raise ValueError
except ValueError:
    print("answer")
"""


def test_stdout_holds_the_answer_alone():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["before", "answer"]
    assert sorted(done.stderr.split()) == ["below", "child", "python"]
