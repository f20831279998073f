#include "messages/command.h"

#include "messages/capnp_words.h"
#include "messages/command.capnp.h"

namespace offstage {

using capnp_words::build;
using capnp_words::read;

flat_message make_run_task(task_id task, payload body) {
  return build<schema::Command>([&](auto out) {
    auto run = out.initRunTask();
    run.setId(task);
    capnp_words::write_payload(run.initBody(), body);
  });
}

flat_message make_stop() {
  return build<schema::Command>([](auto out) { out.setStop(); });
}

command read_command(const flat_message& message) {
  return read<schema::Command>(message, [](schema::Command::Reader in) -> command {
    switch (in.which()) {
      case schema::Command::RUN_TASK: {
        auto run = in.getRunTask();
        return {command_kind::run_task, run.getId(), capnp_words::read_payload(run.getBody())};
      }
      case schema::Command::STOP:
        return {command_kind::stop, 0, {}};
    }
    throw malformed_message("a command of an unknown kind");
  });
}

}  // namespace offstage
