"use strict";
// Starts Azurite's blob service so that it loses nothing that it has acknowledged, and ends when its parent does.
//
// Azurite keeps what it knows of the blobs in LokiJS, which writes it to disk every five seconds: killed in between,
// it forgets. Here every change goes to a journal before its request is answered; the journal is applied on the next
// start and emptied whenever LokiJS has saved. It survives the death of the process, not that of the machine.

const fs = require("fs");
const path = require("path");

const SERVICE = require.resolve("azurite/dist/src/blob/main.js");
const Loki = require(require.resolve("lokijs", { paths: [path.dirname(SERVICE)] }));
const Blobs = require("azurite/dist/src/blob/persistence/LokiBlobMetadataStore").default;

const SAVE_MILLISECONDS = 60_000; // saving writes everything, and the journal has made it safe to wait
const PARENT_MILLISECONDS = 200;

class Journal {
  constructor(file) {
    this.file = file;
    this.saving = `${file}.saving`; // changes that the save under way contains
    this.waiting = [];
  }

  note(change) {
    // A replaced blob is removed and inserted in one go: both go to one line, or neither.
    if (this.waiting.push(change) === 1) queueMicrotask(() => this.flush());
  }

  flush() {
    this.fd ??= fs.openSync(this.file, "a");
    fs.writeSync(this.fd, JSON.stringify(this.waiting) + "\n");
    this.waiting = [];
  }

  rotate() {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
    if (!fs.existsSync(this.file)) return;
    if (!fs.existsSync(this.saving)) return fs.renameSync(this.file, this.saving);
    // The last save failed, or this process is the next one.
    fs.appendFileSync(this.saving, "\n" + fs.readFileSync(this.file, "utf8"));
    fs.unlinkSync(this.file);
  }

  saved() {
    fs.rmSync(this.saving, { force: true });
  }

  // The last change of each document, by collection and id. A torn line was never acknowledged.
  read() {
    const last = {};
    for (const file of [this.saving, this.file]) {
      const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
      for (const { collection, id, document } of text.split("\n").flatMap(parsed)) {
        (last[collection] ??= new Map()).set(id, document);
      }
    }
    return last;
  }
}

function parsed(line) {
  try {
    return line ? JSON.parse(line) : [];
  } catch {
    return [];
  }
}

function apply(collection, changes) {
  const ids = [...changes.keys()].sort((one, other) => one - other); // LokiJS wants them to grow
  for (const id of ids) {
    const document = changes.get(id);
    const found = collection.get(id);
    if (!document) {
      if (found) collection.remove(found);
    } else if (found) {
      collection.update(document);
    } else {
      insert(collection, id, document);
    }
  }
}

function insert(collection, id, document) {
  delete document.$loki;
  delete document.meta;
  const highest = collection.maxId;
  collection.maxId = id - 1;
  collection.insert(document);
  collection.maxId = Math.max(highest, id);
}

function watch(collection, journal) {
  const note = (document, gone) =>
    journal.note({
      collection: collection.name,
      id: document.$loki,
      document: gone ? null : JSON.parse(JSON.stringify(document)),
    });
  collection.on("insert", (found) => [found].flat().forEach((document) => note(document, false)));
  collection.on("update", (document) => note(document, false));
  collection.on("delete", (document) => note(document, true));
}

function journalled(database) {
  if (database.options.persistenceMethod !== "fs") return undefined;
  database.journal ??= new Journal(`${database.filename}.journal`);
  return database.journal;
}

const { loadDatabase, saveDatabaseInternal, autosaveEnable } = Loki.prototype;

Loki.prototype.loadDatabase = function (options, callback) {
  loadDatabase.call(this, options, (error) => {
    const changes = error ? {} : (journalled(this)?.read() ?? {});
    for (const [name, changed] of Object.entries(changes)) apply(this.getCollection(name), changed);
    callback(error);
  });
};

Loki.prototype.saveDatabaseInternal = function (callback) {
  const journal = journalled(this);
  if (!journal) return saveDatabaseInternal.call(this, callback);
  journal.rotate();
  for (const collection of this.collections.filter((one) => !one.watched)) {
    Object.defineProperty(collection, "watched", { value: true }); // not enumerable: it is not saved
    watch(collection, journal);
  }
  saveDatabaseInternal.call(this, (error) => {
    if (!error) journal.saved();
    callback?.(error);
  });
};

Loki.prototype.autosaveEnable = function (options, callback) {
  this.autosaveInterval = SAVE_MILLISECONDS;
  autosaveEnable.call(this, options, callback);
};

// Its own search begins with the account, which is the same for all, and so reads every blob.
const { findOne } = Loki.Collection.prototype;
Loki.Collection.prototype.findOne = function (query) {
  return findOne.call(this, query && "name" in query ? { name: query.name, ...query } : query);
};

// What the garbage collector keeps. Its own pages end between blobs of one name, and those after it would be deleted.
Blobs.prototype.listAllBlobs = async function () {
  return [this.db.getCollection(this.BLOBS_COLLECTION).data.slice(), undefined];
};

const parent = Number(process.env.SHELFCAST_PARENT);
if (parent) {
  setInterval(() => process.ppid === parent || process.exit(0), PARENT_MILLISECONDS).unref();
}

require(SERVICE);
