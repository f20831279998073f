#include "actors/pool/worker_hands.h"

#include <utility>

namespace offstage {

using phase = worker_hand::phase;

void worker_hands::add(node& which) {
  workers_.emplace(&which, std::make_unique<worker_hand>(which.shared_from_this()));
}

std::unique_ptr<worker_hand> worker_hands::remove(node& which) {
  return std::move(workers_.extract(&which).mapped());
}

worker_hands::census worker_hands::count() const {
  census out;
  for (const auto& [process, each] : workers_) {
    out.in_hand += each->in_hand();
    if (each->in_hand() != 0) ++out.busy;
    if (each->now == phase::preparing || each->now == phase::serving) ++out.staying;
    if (each->now == phase::serving) ++out.serving;
  }
  return out;
}

void worker_hands::distribute(waiting_line& line, touched& sent_to) {
  auto busy = count().busy;
  // Those who have nothing come first, so that nobody waits while another has a heap.
  for (const bool idle_ones : {true, false}) {
    for (auto& [process, each] : workers_) {
      const auto wanted = idle_ones ? std::size_t{1} : each->window.size();
      while (!line.empty() && each->takes_tasks() && each->in_hand() < wanted) {
        // One that replaces another may be ready while that one still runs a task.
        if (each->in_hand() == 0 && busy >= busy_max_) break;
        if (each->in_hand() == 0) ++busy;
        if (!assign(*each, line.pop_front(), line, sent_to)) break;
      }
    }
  }
  if (!line.empty()) return;
  for (auto& [process, each] : workers_) {
    if (!each->takes_tasks() || each->in_hand() != 0 || busy >= busy_max_) continue;
    take_back_for(*each, line, sent_to);
    if (each->in_hand() != 0) ++busy;
  }
}

void worker_hands::retire(worker_hand& old, waiting_line& line) {
  old.now = phase::retired;
  const auto waiting = old.unbegun();
  for (auto cell = waiting.rbegin(); cell != waiting.rend(); ++cell) {
    if (old.process()->at(*cell).move(cell_state::waiting, cell_state::recalled)) {
      line.push_front(old.take_unbegun(*cell));
    }
  }
}

bool worker_hands::assign(worker_hand& to, ref<task_record> task, waiting_line& line,
                          touched& sent_to) {
  if (!to.give(task, ++assigned_)) {
    line.push_front(std::move(task));
    return false;
  }
  if (recycling_.tasks_left(to.given()) == 0) to.now = phase::retired;
  if (sent_to.empty() || sent_to.back() != to.process()) sent_to.push_back(to.process());
  return true;
}

void worker_hands::take_back_for(worker_hand& idle, waiting_line& line, touched& sent_to) {
  worker_hand* richest = nullptr;
  std::vector<std::uint16_t> waiting;
  for (auto& [process, each] : workers_) {
    if (each->in_hand() < 2) continue;
    auto theirs = each->unbegun();
    if (theirs.size() <= waiting.size()) continue;
    waiting.swap(theirs);
    richest = each.get();
  }
  // The later half, and one task if there is only one.
  for (auto i = waiting.size() / 2; i < waiting.size() && idle.takes_tasks(); ++i) {
    if (!richest->process()->at(waiting[i]).move(cell_state::waiting, cell_state::recalled)) {
      continue;
    }
    if (!assign(idle, richest->take_unbegun(waiting[i]), line, sent_to)) return;
  }
}

}  // namespace offstage
