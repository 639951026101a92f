#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ringcast/base/Log.hpp"

namespace ringcast::test {

// Records log messages during its lifetime, and resets the log at its end.
class RecordingLog {
 public:
  RecordingLog() {
    log::SetSink([](void* self,
                    std::string_view text) { static_cast<RecordingLog*>(self)->messages.emplace_back(text); },
                 this);
  }
  // With level debug, and one tag.
  explicit RecordingLog(log::Tag tag) : RecordingLog() {
    log::SetLevel(log::Level::kDebug);
    log::SetTags(log::Bit(tag));
  }
  RecordingLog(const RecordingLog&) = delete;
  RecordingLog& operator=(const RecordingLog&) = delete;
  ~RecordingLog() {
    log::SetSink(nullptr, nullptr);
    log::SetLevel(log::Level::kError);
    log::SetTags(0);
  }

  std::vector<std::string> messages;
};

}  // namespace ringcast::test
