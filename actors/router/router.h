// router: the router of tasks whose messages reach this process's inbox.
//
// Question: which pipe is open, and who delivers its messages?
// Zone:     home. Hears the executor and the doorbell, says `receive` to futures.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/router/message_router.h"

namespace offstage {

class doorbell;
class inbox;
class loop;

/// The router over one inbox of this process. Threads and reader threads of lanes push to it.
/// @thread Home.
class router final : public message_router {
 public:
  /// A router that delivers through `home`'s turns. The loop may end before the router; then only
  /// `route_until` delivers.
  explicit router(loop& home);
  ~router() override;

  void start() override;
  void stop() override;
  sender open_pipe(ref<receiver> to) override;
  void close_pipe(receiver& from) override;
  bool route_until(const std::function<bool()>& condition, time_limit limit) override;

 private:
  void require_running(const char* call) const;

  std::shared_ptr<doorbell> bell_;
  std::shared_ptr<inbox> inbox_;  // Null while stopped.
  std::uint64_t next_connection_ = 0;
  std::uint64_t open_pipes_ = 0;
};

}  // namespace offstage
