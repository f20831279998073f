#include "messages/failure.h"

namespace offstage {
namespace {

void append(std::string& out, std::string_view type, std::string_view what) {
  if (!type.empty()) out.append(type).append(": ");
  out.append(what);
}

}  // namespace

std::string_view to_string(failure_kind kind) noexcept {
  switch (kind) {
    case failure_kind::raised:
      return "raised";
    case failure_kind::infrastructure:
      return "infrastructure";
    case failure_kind::protocol:
      return "protocol";
    case failure_kind::encoding:
      return "encoding";
    case failure_kind::out_of_memory:
      return "out_of_memory";
  }
  return "unknown";
}

std::string failure::summary() const {
  std::string out;
  append(out, type, what);
  for (const auto& cause : causes) {
    out += "; caused by ";
    append(out, cause.type, cause.what);
  }
  return out;
}

}  // namespace offstage
