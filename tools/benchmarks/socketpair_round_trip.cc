// The floor of a round trip between two processes: 128 bytes over a socket pair, there and back.

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "tools/benchmarks/measure.h"

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  std::array<char, 128> message{};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    while (read(ends[1], message.data(), message.size()) > 0) {
      if (write(ends[1], message.data(), message.size()) < 0) break;
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<double> values;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const int rounds = 20000;
    const auto begin = offstage::bench::clock::now();
    for (int i = 0; i < rounds; ++i) {
      if (write(ends[0], message.data(), message.size()) < 0 ||
          read(ends[0], message.data(), message.size()) <= 0) {
        return 1;
      }
    }
    values.push_back(offstage::bench::us_since(begin) / rounds);
  }
  offstage::bench::tell("socketpair_us", values);
  close(ends[0]);
  waitpid(child, nullptr, 0);
}
