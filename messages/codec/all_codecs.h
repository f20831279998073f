// all_codecs: every codec that Offstage brings.
//
// Question: what does one include to ask whether a type can cross to another process?
// Zone:     pure.
//
// | Types                                                      | Header           |
// | ---------------------------------------------------------- | ---------------- |
// | numbers, bool, characters; the way to a codec of one's own | codec.h          |
// | trivially copyable classes, enums                          | codec_memory.h   |
// | classes with an `inspect` overload as for CAF              | codec_inspect.h  |
// | string, vector, array, deque, list                         | codec_sequence.h |
// | set, map, their multi and unordered forms                  | codec_map.h      |
// | pair, tuple                                                | codec_tuple.h    |
// | optional, variant, unique_ptr                              | codec_choice.h   |
// | duration, time_point                                       | codec_time.h     |
// | filesystem::path                                           | codec_path.h     |
#pragma once

#include "messages/codec/codec.h"
#include "messages/codec/codec_choice.h"
#include "messages/codec/codec_inspect.h"
#include "messages/codec/codec_map.h"
#include "messages/codec/codec_memory.h"
#include "messages/codec/codec_path.h"
#include "messages/codec/codec_sequence.h"
#include "messages/codec/codec_time.h"
#include "messages/codec/codec_tuple.h"
