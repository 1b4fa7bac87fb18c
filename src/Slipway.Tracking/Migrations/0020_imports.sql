-- What an import has brought whole: a later run of the same import passes over it while the mark is the same.
CREATE TABLE tracking_import_marks (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (namespace, id)
) /* SQLite: WITHOUT ROWID */;
