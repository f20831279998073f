// deadline: from "how long" to "until when".
//
// Question: when does a bounded wait end?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>

#include "messages/durations.h"

namespace offstage {

/// How long something may take: a duration of any type, or for ever.
///
/// What the clock cannot count (`hours::max()`, an infinity, what is not a number) is for ever, and
/// a negative duration is none. Parts of a nanosecond count as a whole one, so that nothing ends
/// before it was to.
/// @thread Any.
class time_limit {
 public:
  /// For ever.
  constexpr time_limit() noexcept = default;

  /// For ever.
  constexpr time_limit(std::nullopt_t) noexcept {}

  /// As long as `time`.
  template <class Rep, class Period>
  constexpr time_limit(const std::chrono::duration<Rep, Period>& time) : count_(counted(time)) {}

  /// As long as `time`, or for ever if there is none.
  template <class Rep, class Period>
  constexpr time_limit(const std::optional<std::chrono::duration<Rep, Period>>& time)
      : count_(time ? counted(*time) : endless) {}

  /// True if there is no limit.
  constexpr bool for_ever() const noexcept { return count_ == endless; }

  /// True if it is over as soon as it begins.
  constexpr bool none() const noexcept { return count_ == 0; }

  /// The limit; absent: for ever.
  constexpr std::optional<std::chrono::nanoseconds> time() const noexcept {
    if (for_ever()) return std::nullopt;
    return std::chrono::nanoseconds(count_);
  }

  /// The same, and which is shorter.
  constexpr auto operator<=>(const time_limit&) const noexcept = default;

 private:
  static constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t second = std::nano::den;

  template <class Rep, class Period>
  static constexpr std::int64_t counted(const std::chrono::duration<Rep, Period>& time) {
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= sizeof(std::int64_t)) {
      // A product of two 64-bit numbers has room in this one.
      __extension__ using wide = unsigned __int128;
      if (time.count() <= 0) return 0;
      const wide parts = static_cast<wide>(time.count()) * static_cast<wide>(Period::num);
      const wide seconds = parts / static_cast<wide>(Period::den);
      if (seconds > static_cast<wide>(endless / second)) return endless;
      const wide rest = parts % static_cast<wide>(Period::den) * static_cast<wide>(second);
      const wide whole =
          seconds * static_cast<wide>(second) +
          (rest + static_cast<wide>(Period::den) - 1) / static_cast<wide>(Period::den);
      return whole < static_cast<wide>(endless) ? static_cast<std::int64_t>(whole) : endless;
    } else {
      const long double count =
          std::chrono::duration<long double, Period>(time).count() *
          (static_cast<long double>(Period::num) / static_cast<long double>(Period::den) * second);
      if (count <= 0) return 0;
      // Also false for what is not a number.
      if (!(count < static_cast<long double>(endless))) return endless;
      const auto whole = static_cast<std::int64_t>(count);
      return static_cast<long double>(whole) < count ? whole + 1 : whole;
    }
  }

  std::int64_t count_ = endless;
};

/// A moment of the steady clock, or none: for ever.
using deadline = std::optional<std::chrono::steady_clock::time_point>;

/// The moment `limit` after another; what the clock cannot count is for ever.
constexpr deadline deadline_after(time_limit limit, std::chrono::steady_clock::time_point begin) {
  const auto time = limit.time();
  if (!time || *time >= std::chrono::steady_clock::time_point::max() - begin) return std::nullopt;
  return begin + *time;
}

/// The moment `limit` from now; what the clock cannot count is for ever.
inline deadline deadline_after(time_limit limit) {
  return deadline_after(limit, std::chrono::steady_clock::now());
}

/// How long it is until then; nothing if the moment has come.
inline time_limit time_until(deadline when) {
  if (!when) return std::nullopt;
  return *when - std::chrono::steady_clock::now();
}

/// True if the moment has come.
inline bool passed(deadline when) { return when && std::chrono::steady_clock::now() >= *when; }

}  // namespace offstage
