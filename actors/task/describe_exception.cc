#include "actors/task/describe_exception.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <typeinfo>

namespace offstage {
namespace {

constexpr std::size_t causes_max = 64;
constexpr std::size_t text_size_max_bytes = 64 << 10;

std::string demangle(const std::type_info* type) {
  if (type == nullptr) return "an unknown type";
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), std::free);
  return status == 0 && name ? std::string(name.get()) : std::string(type->name());
}

std::string cut(std::string_view text) {
  if (text.size() <= text_size_max_bytes) return std::string(text);
  return std::string(text.substr(0, text_size_max_bytes)) + " [cut]";
}

std::string text_of(const std::exception& error) {
  const char* what = error.what();
  return what != nullptr ? cut(what) : "(its what() returned no text)";
}

struct described {
  failure_cause cause;
  std::exception_ptr nested;
};

// The nested exception, if this one carries one.
std::exception_ptr nested_in(const std::exception& error) {
  const auto* carrier = dynamic_cast<const std::nested_exception*>(&error);
  return carrier != nullptr ? carrier->nested_ptr() : nullptr;
}

described describe_one(const std::exception_ptr& thrown) {
  described out;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    out.cause.type = demangle(abi::__cxa_current_exception_type());
    out.cause.what = text_of(error);
    out.nested = nested_in(error);
  } catch (const std::nested_exception& carrier) {
    out.cause.type = demangle(abi::__cxa_current_exception_type());
    out.cause.what = "an exception of type " + out.cause.type;
    out.nested = carrier.nested_ptr();
  } catch (const std::string& text) {
    out.cause = {"std::string", cut(text)};
  } catch (std::string_view text) {
    out.cause = {"std::string_view", cut(text)};
  } catch (const char* text) {
    out.cause = {"char const*", text != nullptr ? cut(text) : "a null pointer"};
  } catch (int number) {
    out.cause = {"int", std::to_string(number)};
  } catch (long number) {
    out.cause = {"long", std::to_string(number)};
  } catch (unsigned number) {
    out.cause = {"unsigned int", std::to_string(number)};
  } catch (unsigned long number) {
    out.cause = {"unsigned long", std::to_string(number)};
  } catch (...) {
    out.cause.type = demangle(abi::__cxa_current_exception_type());
    out.cause.what = "an exception of type " + out.cause.type;
  }
  if (out.cause.what.empty()) out.cause.what = "(no text)";
  return out;
}

bool tells_that_memory_ran_out(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_array_new_length&) {
    return false;  // Its size was no size.
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

failure describe_exception(std::exception_ptr thrown) {
  if (!thrown) {
    failure out;
    out.kind = failure_kind::infrastructure;
    out.what = "an exception that is not a C++ one";
    return out;
  }
  auto outer = describe_one(thrown);
  failure out;
  out.type = std::move(outer.cause.type);
  out.what = std::move(outer.cause.what);
  if (tells_that_memory_ran_out(thrown)) out.kind = failure_kind::out_of_memory;
  out.original = std::move(thrown);
  for (auto nested = std::move(outer.nested); nested && out.causes.size() < causes_max;) {
    auto inner = describe_one(nested);
    out.causes.push_back(std::move(inner.cause));
    nested = std::move(inner.nested);
  }
  return out;
}

failure describe_codec_failure(std::exception_ptr thrown, std::string_view where) {
  auto out = describe_exception(std::move(thrown));
  // What was thrown belongs to the codec, and not to the body.
  out.original = nullptr;
  if (out.kind == failure_kind::out_of_memory) {
    out.what.append(", ").append(where);
  } else {
    out.kind = failure_kind::encoding;
  }
  return out;
}

}  // namespace offstage
