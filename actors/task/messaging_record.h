// messaging_record: a task that says something before it ends.
//
// Question: how do items and reports leave the worker, and when does it have to wait?
// Zone:     away. Hears the body, says messages in the middle through the task's pipe.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/task/carried.h"
#include "actors/task/credit.h"
#include "actors/task/result_slot.h"
#include "actors/task/transfer.h"
#include "messages/state_message.h"

namespace offstage {

/// Which reports are delivered when they come faster than home takes them.
enum class delivery : std::uint8_t {
  keep_all,      ///< All of them; the body is held while too many are on their way.
  latest_value,  ///< The latest one, and always the last before the end; the body is never held.
};

/// The record of a task that sends messages in the middle and returns an `R`.
///
/// Every send returns false once the task was cancelled; the message is not sent then.
template <class R>
class messaging_record : public result_slot<R> {
 protected:
  /// Sends a value; `make(origin, payload)` makes its message.
  template <class T, class Make>
  bool send_value(T&& value, Make&& make) {
    const auto bytes = size_estimate_bytes(value);
    return send_carried(
        bytes,
        [&](ref<attachment> keeper, credit& window) {
          return ref<attachment>(new carried<std::decay_t<T>>(std::move(keeper), window, bytes,
                                                              std::forward<T>(value)));
        },
        make);
  }

  /// Sends what `carry(keeper, window)` makes, for about `bytes`.
  template <class Carry, class Make>
  bool send_carried(std::size_t bytes, const Carry& carry, Make&& make) {
    if (!may_send(bytes)) return false;
    post(make, carry(ref<attachment>(this), window_));
    return true;
  }

  /// Puts a value in the place of the undelivered one, and sends a message if there is none.
  template <class T, class Make>
  bool send_latest(latest_value<T>& slot, T value, Make&& make) {
    if (this->cancel_requested()) return false;
    if (!slot.put(std::move(value))) return true;
    if (!window_.overdraw(0)) return false;
    post(make, ref<attachment>(new carried_latest<T>(ref<attachment>(this), window_, slot)));
    return true;
  }

  /// Sends a message whose words say everything.
  bool send_words(std::size_t bytes, auto&& make) {
    if (!may_send(bytes)) return false;
    this->send_middle(make, ref<attachment>(new ticket(ref<attachment>(this), window_, bytes)));
    return true;
  }

  void release_held() noexcept override { window_.release(); }

  void produce_through(credit_link& link) noexcept override { window_.produce_through(link); }
  void consume_through(credit_link* link) noexcept override { window_.consume_through(link); }

  /// A value that came from the body in another process.
  template <class T>
  ref<attachment> unpack_value(const payload& where) {
    T value = decode_value<T>(where);
    const auto bytes = size_estimate_bytes(value);
    window_.overdraw(bytes);
    return ref<attachment>(new carried<T>(ref<attachment>(this), window_, bytes, std::move(value)));
  }

  /// A value of which only the latest one is delivered; null if one is on its way already.
  template <class T>
  ref<attachment> unpack_latest(latest_value<T>& slot, T value) {
    if (!slot.put(std::move(value))) return nullptr;
    window_.overdraw(0);
    return ref<attachment>(new carried_latest<T>(ref<attachment>(this), window_, slot));
  }

  /// A value of a type that only its observer knows: the type's name, how much of the credit it is,
  /// and then the value, as far from the beginning as if it stood alone.
  ref<attachment> unpack_named(const payload& where) {
    byte_reader reader(where.bytes);
    const auto type = reader.read<std::string>();
    const auto bytes = reader.read<std::uint64_t>();
    reader.read_padding("a value");
    const auto rest = reader.take(reader.remaining(), "a value");
    window_.overdraw(bytes);
    return ref<attachment>(
        new carried_bytes(ref<attachment>(this), window_, bytes, type, rest, where.keeper));
  }

  /// A message of about `bytes` that came from the body in another process.
  ref<attachment> unpack_words(std::size_t bytes) {
    window_.overdraw(bytes);
    return ref<attachment>(new ticket(ref<attachment>(this), window_, bytes));
  }

 private:
  bool may_send(std::size_t bytes) {
    if (this->cancel_requested()) return false;
    // A body that its context runs at home would wait for itself.
    if (window_.used_up() && this->runs_at_home()) return window_.overdraw(bytes);
    return window_.spend(bytes);
  }

  template <class Make>
  void post(Make& make, ref<attachment> beside) {
    this->send_middle(
        [&make](message_origin origin) { return make(origin, payload{payload_kind::slot}); },
        std::move(beside));
  }

  credit window_;
};

}  // namespace offstage
