"""What Python's pools of processes take.

python_pools.py round_trip|executor|map [WORKERS]: for empty calls.
python_pools.py bytes_argument|bytes_result WORKERS SIZE: for bytes, there or back.
"""

import concurrent.futures
import json
import multiprocessing
import sys
import time


def low_bits(n):
    return n & 7


made = b""


def make_bytes(size):
    global made
    if len(made) != size:
        made = b"*" * size
    return made


def bytes_gbps(pool, what, size):
    value = make_bytes(size)
    calls = min(2000, (256 << 20) // size + 3)
    out = []
    for _ in range(3):
        begin = time.perf_counter()
        for _ in range(calls):
            if what == "bytes_argument":
                right = pool.submit(len, value).result() == size
            else:
                right = len(pool.submit(make_bytes, size).result()) == size
            if not right:
                sys.exit(1)
        out.append(size * calls / (time.perf_counter() - begin) / 1e9)
    return out


def tell(name, values):
    print(json.dumps({"name": name, "values": values}))


def main():
    what = sys.argv[1]
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    values = []
    if what == "map":
        with multiprocessing.Pool(workers) as pool:
            pool.map(low_bits, range(1000), chunksize=1)
            for _ in range(3):
                begin = time.perf_counter()
                pool.map(low_bits, range(20000), chunksize=1)
                values.append((time.perf_counter() - begin) / 20000 * 1e6)
        tell("python_map_us", values)
        return
    if what.startswith("bytes_"):
        with concurrent.futures.ProcessPoolExecutor(workers) as pool:
            tell("python_gbps", bytes_gbps(pool, what, int(sys.argv[3])))
        return
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        pool.submit(low_bits, 1).result()
        for _ in range(3):
            begin = time.perf_counter()
            if what == "round_trip":
                for n in range(2000):
                    pool.submit(low_bits, n).result()
                values.append((time.perf_counter() - begin) / 2000 * 1e6)
            else:
                for future in [pool.submit(low_bits, n) for n in range(10000)]:
                    future.result()
                values.append((time.perf_counter() - begin) / 10000 * 1e6)
    tell("python_" + ("roundtrip" if what == "round_trip" else "executor") + "_us", values)


if __name__ == "__main__":
    main()
