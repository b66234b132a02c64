// The report of a contact while it comes about: which stage runs, since when. One thread.
#pragma once

#include <chrono>
#include <string>

#include "ssh/prober.hpp"

namespace tally {

class Progress {
 public:
  void begin(SshStage stage);
  /// The stage that was begun is done; its time is kept.
  void finish();

  /// Between these the stage's clock stands still: we wait for ourselves, not for the machine.
  void pause();
  void resume();

  void fail(std::string message);

  [[nodiscard]] SshStage stage() const { return report_.stage; }
  SshReport& report() { return report_; }
  /// The finished report, with its total.
  SshReport take();

 private:
  using Steady = std::chrono::steady_clock;
  SshReport report_;
  Steady::time_point start_ = Steady::now();
  Steady::time_point stage_start_ = start_;
  Steady::time_point pause_start_;
};

}  // namespace tally
