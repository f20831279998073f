#include "actors/pool/worker_hand.h"

#include <algorithm>
#include <utility>

namespace offstage {

bool worker_hand::give(ref<task_record>& task, std::uint64_t number) {
  const auto cell = free_cell();
  if (!cell) return false;
  auto& where = task_place::of(*task);
  where.at = process_;
  where.cell = *cell;
  auto& shared = process_->at(*cell);
  shared.reset();
  shared.state = cell_state::waiting;
  task->consume_through(&where);
  if (in_hand_ == 0) counted_from = clock::now();
  ++in_hand_;
  ++given_;
  process_->append_task(*cell, where.order.words, where.order.segment.get());
  hand_[*cell] = {std::move(task), number, false};
  return true;
}

void worker_hand::take_ended(std::uint16_t cell) {
  process_->at(cell).state = cell_state::free;
  release(cell);
  ++ended_;
  ++ended_since;
}

void worker_hand::forget_early(std::uint16_t cell) {
  task_place::of(*hand_[cell].task).at = nullptr;
  hand_[cell].ghost = true;
  hand_[cell].task = nullptr;
  process_->at(cell).cancel = true;
  process_->at(cell).release();
}

ref<task_record> worker_hand::take_unbegun(std::uint16_t cell) {
  --given_;
  auto out = release(cell);
  task_place::of(*out).order.take_back();
  return out;
}

std::size_t worker_hand::unended() const noexcept {
  std::size_t out = 0;
  for (std::uint16_t i = 0; i < control_page::cell_count && out < in_hand_; ++i) {
    if (knows(i) && process_->at(i).state != cell_state::ended) ++out;
  }
  return out;
}

std::vector<std::uint16_t> worker_hand::unbegun() const {
  auto out = cells();
  std::erase_if(out, [&](auto cell) { return process_->at(cell).state != cell_state::waiting; });
  return out;
}

std::vector<std::uint16_t> worker_hand::cells() const {
  std::vector<std::uint16_t> out;
  for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
    if (hand_[i].task) out.push_back(i);
  }
  std::sort(out.begin(), out.end(),
            [&](auto left, auto right) { return hand_[left].number < hand_[right].number; });
  return out;
}

std::optional<std::uint16_t> worker_hand::free_cell() {
  for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
    const auto index = static_cast<std::uint16_t>((next_cell_ + i) % control_page::cell_count);
    if (!knows(index) && process_->at(index).state == cell_state::free) {
      next_cell_ = static_cast<std::uint16_t>(index + 1);
      return index;
    }
  }
  return std::nullopt;
}

ref<task_record> worker_hand::release(std::uint16_t cell) {
  auto& held = hand_[cell];
  auto task = std::exchange(held.task, nullptr);
  held.ghost = false;
  if (task) {
    task->consume_through(nullptr);
    task_place::of(*task).at = nullptr;
  }
  if (--in_hand_ == 0) idle_since = clock::now();
  return task;
}

}  // namespace offstage
