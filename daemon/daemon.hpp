// The running daemon: opens the catalog and one account per credential, keeps both syncers of each going, stops
// cleanly. Everything but the catalog's writes and the decoding of answers happens on the loop, which is the thread
// that calls run().
#pragma once

#include <memory>

#include "daemon/configuration.hpp"
#include "daemon/signals.hpp"

namespace tally {

class Daemon {
 public:
  /// Takes the state directory and opens the catalog. Throws StoreError; nothing runs then.
  /// `source` is read again on SIGHUP; one without a file never is.
  explicit Daemon(Config config, ConfigSource source = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Syncs until a stop is asked for, then stops within five seconds whatever a peer or the disk does.
  /// Throws StoreError (74) after the same stop when the catalog was deleted or replaced meanwhile.
  void run(Signals& signals);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tally
