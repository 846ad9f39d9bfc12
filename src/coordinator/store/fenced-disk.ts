import type { Disk, DiskFile } from '../../shared/disk.ts';

/** Changes nothing any more once `check` throws: somebody else may be writing in the same place. Reading stays. */
export function fencedDisk(disk: Disk, check: () => void): Disk {
  return {
    read: (path) => disk.read(path),
    list: (folder) => disk.list(folder),
    syncFolder: (path) => disk.syncFolder(path),
    free: (folder) => disk.free(folder),
    open: async (path, options) => {
      check();
      return fencedFile(await disk.open(path, options), check);
    },
    rename: async (from, to) => {
      check();
      await disk.rename(from, to);
    },
    remove: async (path) => {
      check();
      await disk.remove(path);
    },
    makeFolder: async (path) => {
      check();
      await disk.makeFolder(path);
    },
  };
}

function fencedFile(file: DiskFile, check: () => void): DiskFile {
  return {
    append: async (bytes) => {
      check();
      await file.append(bytes);
    },
    truncate: async (length) => {
      check();
      await file.truncate(length);
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
