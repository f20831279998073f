#include "messages/launch.h"

#include "messages/capnp_words.h"
#include "messages/launch.capnp.h"

namespace offstage {
namespace {

using capnp_words::build;
using capnp_words::read;

std::string text(capnp::Text::Reader in) { return {in.cStr(), in.size()}; }

template <class List>
void write_texts(List out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < texts.size(); ++i) out.set(i, texts[i]);
}

template <class List>
std::vector<std::string> read_texts(List in) {
  std::vector<std::string> out;
  for (auto each : in) out.push_back(text(each));
  return out;
}

unsigned count(std::size_t size) { return static_cast<unsigned>(size); }

}  // namespace

flat_message make_preload(const preload_order& order) {
  return build<schema::Preload>([&](auto out) {
    auto steps = out.initSteps(count(order.steps.size()));
    for (unsigned i = 0; i < order.steps.size(); ++i) {
      const auto& step = order.steps[i];
      steps[i].setName(step.name);
      switch (step.kind) {
        case preload_order::what::library:
          steps[i].setLibrary(step.text);
          break;
        case preload_order::what::symbol:
          steps[i].setSymbol(step.text);
          break;
        case preload_order::what::function: {
          auto function = steps[i].initFunction();
          function.setModule(step.module);
          function.setOffset(step.offset);
          break;
        }
      }
    }
    auto modules = out.initModules(count(order.modules.size()));
    for (unsigned i = 0; i < order.modules.size(); ++i) {
      modules[i].setPath(order.modules[i].path);
      modules[i].setBuildId(order.modules[i].build_id);
    }
  });
}

preload_order read_preload(const flat_message& message) {
  return read<schema::Preload>(message, [](schema::Preload::Reader in) {
    preload_order out;
    for (auto each : in.getSteps()) {
      preload_order::step step;
      step.name = text(each.getName());
      switch (each.which()) {
        case schema::Preload::Step::LIBRARY:
          step.kind = preload_order::what::library;
          step.text = text(each.getLibrary());
          break;
        case schema::Preload::Step::SYMBOL:
          step.kind = preload_order::what::symbol;
          step.text = text(each.getSymbol());
          break;
        case schema::Preload::Step::FUNCTION:
          step.kind = preload_order::what::function;
          step.module = each.getFunction().getModule();
          step.offset = each.getFunction().getOffset();
          break;
        default:
          throw malformed_message("a step of an unknown kind");
      }
      out.steps.push_back(std::move(step));
    }
    for (auto each : in.getModules()) {
      out.modules.push_back({text(each.getPath()), text(each.getBuildId())});
    }
    return out;
  });
}

flat_message make_preloaded(const preload_answer& answer) {
  return build<schema::Preloaded>([&](auto out) {
    write_texts(out.initProblems(count(answer.problems.size())), answer.problems);
    out.setThreads(answer.threads);
  });
}

preload_answer read_preloaded(const flat_message& message) {
  return read<schema::Preloaded>(message, [](schema::Preloaded::Reader in) {
    return preload_answer{read_texts(in.getProblems()), in.getThreads()};
  });
}

flat_message make_launch(const launch_order& order) {
  return build<schema::Launch>([&](auto out) {
    write_texts(out.initEnvironment(count(order.environment.size())), order.environment);
    auto numbers = out.initNumbers(count(order.numbers.size()));
    for (unsigned i = 0; i < order.numbers.size(); ++i) numbers.set(i, order.numbers[i]);
    out.setWorkingDirectory(order.working_directory);
  });
}

launch_order read_launch(const flat_message& message) {
  return read<schema::Launch>(message, [](schema::Launch::Reader in) {
    launch_order out;
    out.environment = read_texts(in.getEnvironment());
    for (auto each : in.getNumbers()) out.numbers.push_back(each);
    out.working_directory = text(in.getWorkingDirectory());
    return out;
  });
}

flat_message make_launched(const launch_answer& answer) {
  return build<schema::Launched>([&](auto out) {
    out.setProcess(answer.process);
    out.setError(answer.error);
  });
}

launch_answer read_launched(const flat_message& message) {
  return read<schema::Launched>(message, [](schema::Launched::Reader in) {
    return launch_answer{in.getProcess(), in.getError()};
  });
}

}  // namespace offstage
