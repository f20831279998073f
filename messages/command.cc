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

flat_message make_learn_module(std::string_view path, std::string_view build_id) {
  return build<schema::Command>([&](auto out) {
    auto learn = out.initLearnModule();
    learn.setPath(std::string(path));
    learn.setBuildId(std::string(build_id));
  });
}

flat_message make_prepare(std::uint64_t memory_max_bytes, payload initializer) {
  return build<schema::Command>([&](auto out) {
    auto prepare = out.initPrepare();
    prepare.setMemoryMaxBytes(memory_max_bytes);
    capnp_words::write_payload(prepare.initInitializer(), initializer);
  });
}

command read_command(const flat_message& message) {
  return read<schema::Command>(message, [](schema::Command::Reader in) -> command {
    command out;
    switch (in.which()) {
      case schema::Command::RUN_TASK: {
        auto run = in.getRunTask();
        out.kind = command_kind::run_task;
        out.task = run.getId();
        out.body = capnp_words::read_payload(run.getBody());
        return out;
      }
      case schema::Command::LEARN_MODULE: {
        auto learn = in.getLearnModule();
        out.kind = command_kind::learn_module;
        out.path = {learn.getPath().cStr(), learn.getPath().size()};
        out.build_id = {learn.getBuildId().cStr(), learn.getBuildId().size()};
        return out;
      }
      case schema::Command::PREPARE: {
        auto prepare = in.getPrepare();
        out.kind = command_kind::prepare;
        out.memory_max_bytes = prepare.getMemoryMaxBytes();
        out.body = capnp_words::read_payload(prepare.getInitializer());
        return out;
      }
    }
    throw malformed_message("a command of an unknown kind");
  });
}

}  // namespace offstage
