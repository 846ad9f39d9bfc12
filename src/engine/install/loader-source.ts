import { LIBRARIES, MAIN_LIBRARY } from './folder.ts';

/**
 * An addon that loads TensorFlow's library before the binding does.
 *
 * Quietly, unless TF_CPP_MIN_LOG_LEVEL asks for more: the library announces itself on standard error while it is being
 * loaded, before any setting of its own can stop that, so standard error is turned away meanwhile.
 *
 * With a malloc that keeps memory: glibc's gives large blocks back to the kernel and gets them anew, zeroed page by page,
 * in every step. Keeping them takes 3 to 4 % off a ResNet-18 step and 7 to 15 % off a CNN step on one thread. What the
 * user has set by environment stays as it is.
 *
 * By itself and first, so that a name that both of TensorFlow's libraries define is that of the main one: `prelink` counts on it.
 *
 * And lean: what is read to bind symbols and to register every operation that there is stays mapped, some 200
 * MiB, though a run never reads most of it again. These pages are let go of; what is wanted again comes back from the
 * file. Only segments that nobody writes, so none holds anything that the file does not.
 */
export const LOADER_SOURCE = `#include <dlfcn.h>
#include <fcntl.h>
#include <initializer_list>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_set(const char* variable, const char* tunable) {
  const char* tunables = getenv("GLIBC_TUNABLES");
  return getenv(variable) != nullptr || (tunables != nullptr && strstr(tunables, tunable) != nullptr);
}

static void keep_memory() {
  if (!is_set("MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold") && mallopt(M_MMAP_THRESHOLD, INT_MAX) != 1) {
    // Before 2.35 it takes no threshold above half of what a heap of a thread may grow to.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
  }
  if (!is_set("MALLOC_TRIM_THRESHOLD_", "glibc.malloc.trim_threshold")) mallopt(M_TRIM_THRESHOLD, INT_MAX);
  if (!is_set("MALLOC_TOP_PAD_", "glibc.malloc.top_pad")) mallopt(M_TOP_PAD, 64 << 20);
}

static void load() {
  const char* level = getenv("TF_CPP_MIN_LOG_LEVEL");
  const bool quiet = level == nullptr || strcmp(level, "3") == 0;
  const int standard = quiet ? dup(2) : -1;
  const int nowhere = quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
  if (standard >= 0 && nowhere >= 0) dup2(nowhere, 2);
  // A failure shows again, with its reason, when the binding itself is loaded.
  dlopen("${MAIN_LIBRARY}", RTLD_LAZY);
  if (standard >= 0) {
    dup2(standard, 2);
    close(standard);
  }
  if (nowhere >= 0) close(nowhere);
}

static bool is_tensorflow(const char* path) {
  const char* slash = path == nullptr ? nullptr : strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  for (const char* library : {${LIBRARIES.map((name) => `"${name}"`).join(', ')}}) {
    if (name != nullptr && strcmp(name, library) == 0) return true;
  }
  return false;
}

static int let_go(dl_phdr_info* library, size_t, void*) {
  if (!is_tensorflow(library->dlpi_name)) return 0;
  const ElfW(Addr) page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const ElfW(Addr) address = library->dlpi_addr + segment.p_vaddr;
    const ElfW(Addr) start = (address + page - 1) / page * page;
    const ElfW(Addr) end = (address + segment.p_memsz) / page * page;
    if (end > start) madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env, napi_value exports) {
  keep_memory();
  load();
  dl_iterate_phdr(let_go, nullptr);
  return exports;
}
`;
