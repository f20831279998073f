#include "actors/pool/task_order.h"

#include <utility>

#include "actors/node/large_value.h"
#include "actors/task/code_address.h"
#include "messages/codec/all_codecs.h"
#include "messages/command.h"

namespace offstage {

task_order::task_order(const task_record& task, segment_store& segments) {
  large_value body(segments);
  const auto maker = task.maker();
  if (maker == nullptr) task.encode_task(body.writer());  // Which refuses it.
  const auto where = code_address_of(reinterpret_cast<const void*>(maker));
  body.writer().write(where.module, where.offset);
  task.encode_task(body.writer());
  words = make_run_task(task.id(), body.place());
  segment = std::move(body.segment());
}

}  // namespace offstage
