// open_futures: the futures of an executor that have not ended.
//
// Question: which tasks are still under way?
// Zone:     home.
#pragma once

#include <cstddef>
#include <string>

#include "actors/future/future_core.h"
#include "actors/ref/ref.h"

namespace offstage {

/// A list that holds its futures; adding and removing allocate nothing and take the same short time
/// however many there are.
/// @thread Home.
class open_futures {
 public:
  open_futures() noexcept = default;
  ~open_futures();
  open_futures(const open_futures&) = delete;
  open_futures& operator=(const open_futures&) = delete;

  void add(ref<future_core> future) noexcept;

  /// Returns false if the future is not in the list.
  bool remove(future_core& future) noexcept;

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// The one added first; null if there is none.
  ref<future_core> first() const noexcept { return ref<future_core>(first_); }

  /// Calls `visit(future)` for each of them, without allocating. What it calls may end any of them;
  /// some may be visited twice then.
  template <class Visit>
  void visit(Visit&& visit) const {
    for (auto at = first(); at;) {
      visit(*at);
      at = at->listed_ ? ref<future_core>(at->next_) : first();
    }
  }

  /// The numbers of their tasks, for a log line: "7, 8 and 12"; the first few of many.
  std::string text() const;

 private:
  future_core* first_ = nullptr;
  future_core* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace offstage
