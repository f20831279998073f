"""How long it takes until a new Python process has said a first word: python_ready.py METHOD [cold].

Cold: only the first one, with the fork server where there is one.
"""

import json
import multiprocessing
import sys
import time


def say_a_word(connection):
    connection.send(1)


def ready_ms(context):
    begin = time.perf_counter()
    ours, theirs = context.Pipe()
    process = context.Process(target=say_a_word, args=(theirs,))
    process.start()
    ours.recv()
    taken = (time.perf_counter() - begin) * 1e3
    process.join()
    return taken


def main():
    method = sys.argv[1]
    context = multiprocessing.get_context(method)
    values = [ready_ms(context)]
    if sys.argv[2:] != ["cold"]:
        values = [ready_ms(context) for _ in range(20)]
    print(json.dumps({"name": "python_" + method + "_ms", "values": values}))


if __name__ == "__main__":
    main()
