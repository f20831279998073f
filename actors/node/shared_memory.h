// shared_memory: a mapping that a process shares with its children.
//
// Question: who owns memory without a name?
// Zone:     border.
#pragma once

#include <cstddef>

#include "actors/node/child_process.h"

namespace offstage {

/// Memory behind a descriptor: sealed in its size, and there from the beginning, so that a full
/// memory is an error here and never a signal later.
/// @thread One at a time, but for the memory itself.
class shared_memory {
 public:
  /// New memory, all zero.
  /// @errors std::system_error; among others where files of this process may not be so large.
  shared_memory(const char* name, std::size_t size_bytes);

  /// The memory behind a descriptor that was inherited, which is closed.
  /// @errors std::system_error.
  shared_memory(descriptor inherited, std::size_t size_bytes);
  ~shared_memory();
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;

  void* data() const noexcept { return data_; }

  std::size_t size_bytes() const noexcept { return size_bytes_; }

  /// To be given to a child; none for inherited memory.
  int handle() const noexcept { return handle_.get(); }

  /// It will not be given to anybody any more; the memory itself stays.
  void forget_handle() noexcept { handle_.close(); }
  /// The same, with its owner.
  const descriptor& owner() const noexcept { return handle_; }

  /// Gives all of the memory back, whoever still maps it; nobody is to look at it any more.
  void give_back() noexcept;

 private:
  void map(int number);

  descriptor handle_;
  std::size_t size_bytes_;
  void* data_ = nullptr;
};

}  // namespace offstage
