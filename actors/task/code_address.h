// code_address: functions by module and offset.
//
// Question: how does another process of the same program find a function?
// Zone:     border. Hears the kinds of tasks (writing, reading), says modules to nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace offstage {

/// Where a function is: in which of the sender's modules, and how far from its beginning.
struct code_address {
  std::uint32_t module = 0;
  std::uint64_t offset = 0;
};

/// A module (the program itself, or a shared library) as one process tells another about it.
struct module_identity {
  std::string path;      ///< Of a library; empty for the program itself.
  std::string build_id;  ///< What the linker noted, as hexadecimal digits; empty if nothing.

  bool operator==(const module_identity&) const = default;
};

/// The address of a function, for another process. A module keeps its number for as long as this
/// process lives, also when it is unloaded and loaded again.
/// @thread Any.
/// @errors not_transferable if there is no module at that address.
code_address code_address_of(const void* function);

/// The modules that this process has numbered, from number `first` on.
/// @thread Any.
std::vector<module_identity> modules_from(std::size_t first);

/// In a child: the parent's next module. It is found among those that are loaded here, or loaded
/// by its path. What differs from the parent's is not used: then functions in it are refused.
/// @thread The worker.
void learn_module(const module_identity& parents);

/// In a child: its parent tells of all its modules again.
/// @thread The worker.
void forget_modules() noexcept;

/// In a child: the function at an address that the parent sent.
/// @thread The worker.
/// @errors std::runtime_error if the module could not be had, or is another one than the parent's.
const void* function_at(code_address where);

/// The build id of the program itself; empty if the linker noted none.
/// @thread Any.
std::string program_build_id();

}  // namespace offstage
