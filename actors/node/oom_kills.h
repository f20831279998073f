// oom_kills: how often the kernel has ended processes because memory ran out.
//
// Question: who killed this worker?
// Zone:     away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace offstage {

/// The number in such a file: the line "oom_kill N" of memory.events, memory.oom_control and
/// vmstat.
std::optional<std::uint64_t> oom_kills_in(std::string_view text);

/// Where the number may be, the best place first: in this process's control group (version 2, then
/// 1) or the nearest one around it that is seen from here; or else that of the machine.
/// @param groups The text of /proc/self/cgroup.
/// @source cgroups(7), proc(5).
std::vector<std::string> oom_kills_places(std::string_view groups);

/// Tells kills by the kernel from others, as far as they can be told: one more kill of a worker for
/// each that was counted since the last time.
/// @thread One at a time.
class oom_kills {
 public:
  oom_kills();

  /// @param path The file with the number.
  explicit oom_kills(std::string path);

  /// A process was killed, and not by us; true if it was probably the kernel, for lack of memory.
  bool explain_one();

 private:
  std::uint64_t read() const;

  const std::string path_;
  std::uint64_t explained_ = 0;
};

}  // namespace offstage
