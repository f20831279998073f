#include "actors/worker/stopper.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "actors/log/log.h"

namespace offstage {

struct stopper::shared {
  std::mutex mutex;
  std::condition_variable posted;
  std::deque<ref<task_record>> waiting;
  std::size_t idle = 0;
  bool closed = false;
};

stopper::stopper() : state_(std::make_shared<shared>()) {}

stopper::~stopper() {
  std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->posted.notify_all();
}

void stopper::post(ref<task_record> task) {
  bool another;
  {
    std::lock_guard lock(state_->mutex);
    state_->waiting.push_back(std::move(task));
    another = state_->waiting.size() > state_->idle;
  }
  if (another) {
    // Not joined by anybody: a stop callback may never return.
    std::thread([state = state_] { serve(state); }).detach();
  } else {
    state_->posted.notify_one();
  }
}

void stopper::serve(const std::shared_ptr<shared>& state) {
  pthread_setname_np(pthread_self(), "offstage-stop");
  std::unique_lock lock(state->mutex);
  for (;;) {
    while (!state->waiting.empty()) {
      auto task = std::move(state->waiting.front());
      state->waiting.pop_front();
      lock.unlock();
      {
        const log::task_scope writing(task->id());
        task->request_stop();
        task = nullptr;
      }
      lock.lock();
    }
    if (state->closed || state->idle > 0) return;  // One idle thread is enough.
    ++state->idle;
    state->posted.wait(lock, [&] { return state->closed || !state->waiting.empty(); });
    --state->idle;
  }
}

}  // namespace offstage
