#include "actors/node/core_dump.h"

#include <fstream>
#include <iterator>
#include <string>

namespace offstage {

bool tells_of_core(std::string_view status) noexcept {
  constexpr std::string_view name = "\nCoreDumping:";
  const auto found = status.find(name);
  if (found == status.npos) return false;
  status.remove_prefix(found + name.size());
  const auto value = status.substr(0, status.find('\n'));
  return value.find('1') != value.npos;
}

bool writes_core(int process_id) {
  std::ifstream file("/proc/" + std::to_string(process_id) + "/status");
  return tells_of_core(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace offstage
