// Loaded into SSH servers by LD_PRELOAD: every user's home is $TALLY_TEST_HOME. Some servers take it from the user
// database only, and tests must not write to the real one. And no directory looks writable by others, as /tmp does:
// such a home is refused.
#include <dlfcn.h>
#include <pwd.h>
#include <sys/stat.h>

#include <cstdlib>

namespace {
passwd* moved(passwd* user) {
  char* home = std::getenv("TALLY_TEST_HOME");
  if (user != nullptr && home != nullptr) user->pw_dir = home;
  return user;
}
}  // namespace

extern "C" passwd* getpwnam(const char* name) {
  static auto* const real = reinterpret_cast<passwd* (*)(const char*)>(dlsym(RTLD_NEXT, "getpwnam"));
  return moved(real(name));
}

extern "C" passwd* getpwuid(uid_t id) {
  static auto* const real = reinterpret_cast<passwd* (*)(uid_t)>(dlsym(RTLD_NEXT, "getpwuid"));
  return moved(real(id));
}

extern "C" int stat(const char* path, struct stat* status) {
  static auto* const real = reinterpret_cast<int (*)(const char*, struct stat*)>(dlsym(RTLD_NEXT, "stat"));
  const int result = real(path, status);
  if (result == 0 && S_ISDIR(status->st_mode)) status->st_mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
  return result;
}
