#include "ssh/progress.hpp"

#include <utility>

namespace tally {
namespace {
using std::chrono::duration_cast;
using std::chrono::milliseconds;
}  // namespace

void Progress::begin(SshStage stage) {
  report_.stage = stage;
  stage_start_ = Steady::now();
}

void Progress::finish() {
  report_.times[static_cast<std::size_t>(report_.stage)] = duration_cast<milliseconds>(Steady::now() - stage_start_);
}

void Progress::pause() { pause_start_ = Steady::now(); }
void Progress::resume() { stage_start_ += Steady::now() - pause_start_; }

void Progress::fail(std::string message) { report_.failure = SshFailure{report_.stage, std::move(message)}; }

SshReport Progress::take() {
  report_.total = duration_cast<milliseconds>(Steady::now() - start_);
  return std::move(report_);
}

}  // namespace tally
