#include "actors/worker/worker.h"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <exception>
#include <utility>

#include "actors/caf/mail_message.h"
#include "actors/log/log.h"
#include "actors/task/task_record.h"
#include "messages/command.h"

namespace offstage {
namespace {

// What comes to a worker besides commands is logged and dropped: it must not end the worker.
void ignore_the_rest(caf::event_based_actor* self) {
  self->set_default_handler(
      [](caf::scheduled_actor*, const caf::message_view&) -> caf::result<caf::message> {
        log::line(log_room::worker, log_level::warning, "a worker was sent an unknown message");
        return caf::make_error(caf::sec::unexpected_message);
      });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
  self->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr&) -> caf::error {
    log::line(log_room::worker, log_level::error, "a worker got a command that it cannot read");
    return caf::none;
  });
}

caf::behavior worker(caf::event_based_actor* self, worker_calls calls) {
  ignore_the_rest(self);
  return {
      [calls = std::move(calls)](mail& order) {
        const auto read = read_command(order.words);
        if (read.kind != command_kind::run_task || !order.beside) return;
        auto task = ref<task_record>::adopt(static_cast<task_record*>(order.beside.leak()));
        if (const auto why = calls.prepare ? calls.prepare() : std::nullopt) {
          task_record::fail(std::move(task), *why);
        } else {
          task_record::run(std::move(task));
        }
        calls.freed();
      },
  };
}

}  // namespace

caf::actor spawn_worker(caf::actor_system& crew, worker_calls calls) {
  return crew.spawn(worker, std::move(calls));
}

}  // namespace offstage
