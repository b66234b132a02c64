// Loaded into a program by LD_PRELOAD: it is killed at its TALLY_TEST_STEP-th call that changes a file, before that
// has any effect; of a write that takes place only half. Counted from 1; a program that makes fewer calls is let be.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdarg>
#include <cstdlib>

namespace {

bool is_the_one() {
  static const char* const given = std::getenv("TALLY_TEST_STEP");
  static const long step = given == nullptr ? 0 : std::atol(given);
  static long count = 0;
  return ++count == step;
}

void die() { syscall(SYS_kill, getpid(), SIGKILL); }

void die_if_the_one() {
  if (is_the_one()) die();
}

/// Bytes of a write that is about to be the last thing done.
size_t half_if_the_one(size_t size, bool& is_last) {
  is_last = is_the_one();
  return is_last ? size / 2 : size;
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_rename, from, to));
}

int unlink(const char* file) {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_unlink, file));
}

int fsync(int descriptor) {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}

int ftruncate(int descriptor, off_t size) noexcept {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate64(int descriptor, off64_t size) noexcept {
  die_if_the_one();
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (descriptor <= STDERR_FILENO) return syscall(SYS_write, descriptor, bytes, size);
  bool is_last = false;
  const ssize_t written = syscall(SYS_write, descriptor, bytes, half_if_the_one(size, is_last));
  if (is_last) die();
  return written;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  bool is_last = false;
  const ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, half_if_the_one(size, is_last), offset);
  if (is_last) die();
  return written;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return pwrite64(descriptor, bytes, size, offset);
}
}
