#include "actors/task/code_address.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/sync/mutex.h"

namespace offstage {
namespace {

// A module that is loaded now.
struct loaded_module {
  module_identity identity;
  std::uintptr_t base = 0;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

constexpr std::size_t notes_bytes_max = 1 << 20;

// The build id among the notes of a segment, as hexadecimal digits; empty if there is none.
std::string build_id_in(std::string_view notes) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto aligned = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    const auto description = sizeof note + aligned(note.n_namesz);
    const auto whole = description + aligned(note.n_descsz);
    if (whole > notes.size()) break;
    if (note.n_type == NT_GNU_BUILD_ID &&
        notes.substr(sizeof note, note.n_namesz) == std::string_view("GNU", 4)) {
      std::string out;
      for (const char each : notes.substr(description, note.n_descsz)) {
        const auto byte = static_cast<unsigned char>(each);
        out += digits[byte >> 4];
        out += digits[byte & 15];
      }
      return out;
    }
    notes.remove_prefix(whole);
  }
  return {};
}

std::string build_id_of(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& header = info.dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* const at = reinterpret_cast<const char*>(info.dlpi_addr + header.p_vaddr);
    if (auto found = build_id_in({at, header.p_memsz}); !found.empty()) return found;
  }
  return {};
}

loaded_module describe(const dl_phdr_info& info) {
  loaded_module out;
  out.identity = {info.dlpi_name == nullptr ? "" : info.dlpi_name, build_id_of(info)};
  out.base = info.dlpi_addr;
  out.begin = UINTPTR_MAX;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& header = info.dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    out.begin = std::min<std::uintptr_t>(out.begin, info.dlpi_addr + header.p_vaddr);
    out.end = std::max<std::uintptr_t>(out.end, info.dlpi_addr + header.p_vaddr + header.p_memsz);
  }
  return out;
}

// Calls `visit(module)` for each loaded module until it returns true.
template <class Visit>
void for_each_module(Visit&& visit) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) -> int {
        return (*static_cast<std::remove_reference_t<Visit>*>(data))(describe(*info)) ? 1 : 0;
      },
      &visit);
}

// How often modules were unloaded so far.
unsigned long long unloads() {
  unsigned long long out = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) -> int {
        *static_cast<unsigned long long*>(data) = info->dlpi_subs;
        return 1;
      },
      &out);
  return out;
}

// The modules that this process has numbered, as a parent.
class numbering {
 public:
  code_address find(const void* function) OFFSTAGE_EXCLUDES(mutex_) {
    const auto address = reinterpret_cast<std::uintptr_t>(function);
    sync::lock held(mutex_);
    // Another module may lie where an unloaded one was.
    if (const auto now = unloads(); now != unloads_) {
      unloads_ = now;
      ranges_.clear();
    }
    for (const auto& range : ranges_) {
      if (address >= range.begin && address < range.end)
        return {range.number, address - range.base};
    }
    std::optional<loaded_module> found;
    for_each_module([&](const loaded_module& module) {
      if (address < module.begin || address >= module.end) return false;
      found = module;
      return true;
    });
    if (!found) {
      throw not_transferable(
          "a task for another process: expected a function of the program or of a shared library, "
          "found one that is in none");
    }
    const auto number = number_of(found->identity);
    ranges_.push_back({found->begin, found->end, found->base, number});
    return {number, address - found->base};
  }

  std::vector<module_identity> from(std::size_t first) OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    if (first >= modules_.size()) return {};
    return {modules_.begin() + static_cast<std::ptrdiff_t>(first), modules_.end()};
  }

 private:
  struct range {
    std::uintptr_t begin;
    std::uintptr_t end;
    std::uintptr_t base;
    std::uint32_t number;
  };

  std::uint32_t number_of(const module_identity& identity) OFFSTAGE_REQUIRES(mutex_) {
    for (std::size_t i = 0; i < modules_.size(); ++i) {
      if (modules_[i] == identity) return static_cast<std::uint32_t>(i);
    }
    modules_.push_back(identity);
    return static_cast<std::uint32_t>(modules_.size() - 1);
  }

  sync::mutex mutex_;
  unsigned long long unloads_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::vector<range> ranges_ OFFSTAGE_GUARDED_BY(mutex_);
  std::vector<module_identity> modules_ OFFSTAGE_GUARDED_BY(mutex_);
};

numbering& own_numbering() {
  static auto* const instance = new numbering;  // Tasks may be submitted until the very end.
  return *instance;
}

// A module of the parent's, here: its base, or why there is none.
struct learned_module {
  std::uintptr_t base = 0;
  std::string refusal;
};

std::vector<learned_module>& learned_modules() {
  static auto* const instance = new std::vector<learned_module>;
  return *instance;
}

bool same_module(const module_identity& here, const module_identity& parents) {
  // Without a build id the path has to do.
  if (here.build_id.empty() && parents.build_id.empty()) return here.path == parents.path;
  return here.build_id == parents.build_id;
}

std::string name_of(const module_identity& module) {
  return (module.path.empty() ? "the program" : module.path) + " (build id " +
         (module.build_id.empty() ? "none" : module.build_id) + ")";
}

// The build id of a library that is not loaded: constructors of another one must not run here.
std::optional<std::string> build_id_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  ElfW(Ehdr) header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_phentsize != sizeof(ElfW(Phdr))) {
    return "";
  }
  std::vector<ElfW(Phdr)> segments(header.e_phnum);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  if (!file.read(reinterpret_cast<char*>(segments.data()),
                 static_cast<std::streamsize>(segments.size() * sizeof(ElfW(Phdr))))) {
    return "";
  }
  for (const auto& segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > notes_bytes_max) continue;
    std::string notes(segment.p_filesz, '\0');
    file.seekg(static_cast<std::streamoff>(segment.p_offset));
    if (!file.read(notes.data(), static_cast<std::streamsize>(notes.size()))) return "";
    if (auto found = build_id_in(notes); !found.empty()) return found;
  }
  return "";
}

learned_module find_loaded(const module_identity& parents) {
  learned_module out{0, name_of(parents) + " is not in the worker process"};
  for_each_module([&](const loaded_module& module) {
    if (!same_module(module.identity, parents)) return false;
    out = {module.base, ""};
    return true;
  });
  return out;
}

}  // namespace

code_address code_address_of(const void* function) { return own_numbering().find(function); }

std::vector<module_identity> modules_from(std::size_t first) { return own_numbering().from(first); }

void learn_module(const module_identity& parents) {
  auto found = find_loaded(parents);
  if (!found.refusal.empty() && !parents.path.empty()) {
    if (build_id_of_file(parents.path).value_or(parents.build_id) != parents.build_id) {
      found.refusal += "; the file is another one than the parent has loaded";
    } else if (dlopen(parents.path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
      const auto* const why = dlerror();
      found.refusal += std::string(", and it cannot be loaded: ") + (why != nullptr ? why : "");
    } else {
      found = find_loaded(parents);
      if (!found.refusal.empty())
        found.refusal += "; the file has changed since the parent loaded it";
    }
  }
  learned_modules().push_back(std::move(found));
}

void forget_modules() noexcept { learned_modules().clear(); }

const void* function_at(code_address where) {
  const auto& known = learned_modules();
  if (where.module >= known.size()) {
    throw std::runtime_error("a function in module " + std::to_string(where.module) +
                             ", which the parent has not told of");
  }
  const auto& module = known[where.module];
  if (!module.refusal.empty()) throw std::runtime_error(module.refusal);
  return reinterpret_cast<const void*>(module.base + where.offset);
}

std::string program_build_id() {
  std::string out;
  for_each_module([&](const loaded_module& module) {
    out = module.identity.build_id;
    return true;  // The program is the first.
  });
  return out;
}

}  // namespace offstage
