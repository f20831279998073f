#include "messages/codec/nesting_level.h"

namespace offstage::codec_detail {

void nesting_level::refuse(std::string_view type) {
  throw codec_error("nesting at " + std::string(type) + ": expected at most " +
                    std::to_string(nesting_depth_max) + " levels, found one more");
}

}  // namespace offstage::codec_detail
