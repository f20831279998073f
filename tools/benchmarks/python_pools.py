"""What Python's pools of processes take for empty calls: python_pools.py round_trip|executor|map [WORKERS]."""

import concurrent.futures
import json
import multiprocessing
import sys
import time


def low_bits(n):
    return n & 7


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
