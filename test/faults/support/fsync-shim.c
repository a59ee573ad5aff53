/* Stands before fsync and fdatasync of a process and does what the file named by FSYNC_SHIM_CONTROL says:
   "fail" makes them fail with EIO, "delay:N" makes them take N milliseconds more. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int synced(const char *name, int fd) {
  char order[32] = {0};
  const char *control = getenv("FSYNC_SHIM_CONTROL");
  int file = control ? open(control, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0) {
    if (read(file, order, sizeof order - 1) < 0) order[0] = 0;
    close(file);
  }
  if (strncmp(order, "fail", 4) == 0) {
    errno = EIO;
    return -1;
  }
  if (strncmp(order, "delay:", 6) == 0) {
    long milliseconds = atol(order + 6);
    struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&wait, NULL);
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(fd);
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
