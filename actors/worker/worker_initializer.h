// worker_initializer: what each worker of a pool does before its first task.
//
// Question: how does a callable that every worker calls once reach it?
// Zone:     away. Hears users through the pool's options, says the call to their callable.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "actors/ref/ref.h"

namespace offstage {

class byte_reader;
class byte_writer;

/// The callable of an initializer and its arguments.
class initializer_body : public counted {
 public:
  /// Calls it, with arguments of its own.
  /// @thread A worker; several at a time.
  /// @errors What the callable and the copying of its arguments throw.
  virtual void run() const = 0;

  /// Makes, in a child process, the body that `encode` wrote in the parent.
  using maker_function = ref<initializer_body> (*)(byte_reader&);
  virtual maker_function maker() const noexcept = 0;

  /// Writes callable and arguments for `maker()`.
  /// @errors not_transferable; what the codecs of the arguments throw.
  virtual void encode(byte_writer& writer) const = 0;
};

/// What each worker of a pool does before its first task, made by `initialize_with`; nothing by
/// default.
/// @thread Any; copies are the same.
class worker_initializer {
 public:
  worker_initializer() noexcept = default;
  explicit worker_initializer(ref<const initializer_body> body) noexcept : body_(std::move(body)) {}

  /// True if there is something to do.
  explicit operator bool() const noexcept { return static_cast<bool>(body_); }

  /// What is to be done.
  const initializer_body& body() const noexcept { return *body_; }

 private:
  ref<const initializer_body> body_;
};

/// An initializer for another process, complete before anything is sent.
/// @thread Any.
/// @errors not_transferable; what the codecs of its arguments throw.
std::vector<std::byte> bytes_of(const initializer_body& body);

/// In a child: the initializer that the parent sent.
/// @thread The worker.
/// @errors std::runtime_error if its module could not be had; codec_error.
ref<initializer_body> initializer_from(std::span<const std::byte> bytes);

}  // namespace offstage
