// Figures of large values between processes; the first argument says which, the second how large.

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "messages/capnp_value.h"
#include "tools/benchmarks/block.capnp.h"
#include "tools/benchmarks/measure.h"

namespace {

using offstage::bench::clock;
using offstage::bench::tell;
using offstage::bench::us_since;

using bytes = std::vector<std::byte>;
using block = offstage::capnp_value<Block>;

// Bytes that nobody copies but the library.
struct shared_bytes {
  std::shared_ptr<const bytes> what;
};

}  // namespace

template <>
struct offstage::codec<shared_bytes> {
  static void encode(byte_writer& writer, const shared_bytes& value) { writer.write(*value.what); }
  static shared_bytes decode(byte_reader& reader) {
    return {std::make_shared<const bytes>(reader.read<bytes>())};
  }
};

namespace {

std::size_t size_of(const shared_bytes& value) { return value.what->size(); }

shared_bytes make_bytes(std::size_t size) {
  static shared_bytes last{std::make_shared<const bytes>()};
  if (last.what->size() != size) last.what = std::make_shared<const bytes>(size, std::byte{42});
  return last;
}

block make_block(std::size_t size) {
  static block last;
  if (last->getBytes().size() != size) {
    last = block::build([&](Block::Builder out) {
      auto values = out.initBytes(static_cast<unsigned>(size));
      std::memset(values.begin(), 42, size);
    });
  }
  return last;
}

// Looks at it as a whole would take memory's own time.
std::size_t ends_of(const block& value) {
  const auto values = value->getBytes();
  return values.size() + values[0] + values[values.size() - 1];
}

int calls_for(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(2000, (std::size_t{256} << 20) / size + 3));
}

struct world {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};

  template <class Future>
  auto result_of(Future future) {
    loop.run_until(future);
    return future.take_result();
  }
};

// Microseconds of a call, several times.
template <class Call>
std::vector<double> times_of(std::size_t size, Call&& call) {
  std::vector<double> out;
  const int calls = calls_for(size);
  for (int repetition = 0; repetition < 4; ++repetition) {
    const auto begin = clock::now();
    for (int i = 0; i < calls; ++i) {
      if (!call()) std::exit(1);
    }
    // The first one finds no memory that was used before.
    if (repetition > 0) out.push_back(us_since(begin) / calls);
  }
  return out;
}

std::vector<double> gbps_of(std::size_t size, std::vector<double> times) {
  for (auto& each : times) each = static_cast<double>(size) / each / 1000;
  return times;
}

void argument(std::size_t size) {
  world here;
  const auto value = make_bytes(size);
  tell("process_payload_gbps", gbps_of(size, times_of(size, [&] {
                                         return here.result_of(offstage::submit_call(
                                                    here.executor, size_of, value)) == size;
                                       })));
}

void result(std::size_t size) {
  world here;
  tell("process_payload_gbps",
       gbps_of(size, times_of(size, [&] {
                 return here.result_of(offstage::submit_call(here.executor, make_bytes, size))
                            .what->size() == size;
               })));
}

void in_place(std::size_t size, bool there) {
  world here;
  const auto value = make_block(size);
  const auto expected = ends_of(value);
  const auto times = times_of(size, [&] {
    if (there) {
      return here.result_of(offstage::submit_call(here.executor, ends_of, value)) == expected;
    }
    const auto back = here.result_of(offstage::submit_call(here.executor, make_block, size));
    return ends_of(back) == expected;
  });
  tell("process_inplace_us", times);
  tell("process_inplace_gbps", gbps_of(size, times));
}

void copy(std::size_t size) {
  const bytes from(size, std::byte{1});
  bytes to(size, std::byte{2});
  const auto times = times_of(size, [&] {
    std::memcpy(to.data(), from.data(), size);
    return *const_cast<volatile std::byte*>(&to[size / 2]) == std::byte{1};
  });
  tell("memcpy_us", times);
  tell("memcpy_gbps", gbps_of(size, times));
}

double kib_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name, 0) == 0) return std::stod(line.substr(name.size()));
  }
  return 0;
}

// What is there of memory after many large results, in this process and in its worker.
void memory(std::size_t size, int count) {
  world here;
  const auto worker = here.result_of(offstage::submit_call(here.executor, getpid));
  const auto pss = [&] {
    return (kib_in("/proc/self/smaps_rollup", "Pss:") +
            kib_in("/proc/" + std::to_string(worker) + "/smaps_rollup", "Pss:")) /
           1024;
  };
  const auto shared = [&] {
    return (kib_in("/proc/self/status", "RssShmem:") +
            kib_in("/proc/" + std::to_string(worker) + "/status", "RssShmem:")) /
           1024;
  };
  const auto pss_before = pss();
  const auto shared_before = shared();
  double most = 0;
  for (int i = 0; i < count; ++i) {
    auto future = offstage::submit_call(
        here.executor, [](std::size_t bytes_wanted) { return std::string(bytes_wanted, 'x'); },
        size);
    here.loop.run_until(future);
    if (future.result().size() != size) std::exit(1);
    most = std::max(most, shared());
  }
  tell("process_payload_shared_mib", {most});
  // Longer than free memory is kept.
  here.loop.run_until([] { return false; }, std::chrono::milliseconds(2500));
  tell("process_payload_left_mib", {pss() - pss_before});
  tell("process_payload_shared_left_mib", {shared() - shared_before});
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const std::string what = argc > 1 ? argv[1] : "";
  const auto size = static_cast<std::size_t>(argc > 2 ? std::atoll(argv[2]) : 0);
  const int count = argc > 3 ? std::atoi(argv[3]) : 1000;
  if (size == 0) return 2;
  if (what == "argument") {
    argument(size);
  } else if (what == "result") {
    result(size);
  } else if (what == "argument_in_place") {
    in_place(size, true);
  } else if (what == "result_in_place") {
    in_place(size, false);
  } else if (what == "memcpy") {
    copy(size);
  } else if (what == "memory") {
    memory(size, count);
  } else {
    return 2;
  }
  return 0;
}
