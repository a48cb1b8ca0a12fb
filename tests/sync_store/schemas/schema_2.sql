PRAGMA foreign_keys = OFF;;
CREATE TABLE audit (
            seq INTEGER PRIMARY KEY CHECK (seq > 0),
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            body_sha256 TEXT NOT NULL,
            prev TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            body TEXT,
            CHECK ((body IS NULL) = (kind = 'record.kept'))
        ) STRICT;;
CREATE TABLE signer (
            key_id TEXT PRIMARY KEY,
            public_der BLOB NOT NULL
        ) STRICT;;
CREATE TABLE record (
            id TEXT PRIMARY KEY,
            audit_seq INTEGER NOT NULL UNIQUE REFERENCES audit (seq),
            body TEXT NOT NULL,
            key_id TEXT NOT NULL REFERENCES signer (key_id),
            signature BLOB NOT NULL
        ) STRICT;;
CREATE TABLE receipt (
            number INTEGER PRIMARY KEY,
            record_id TEXT NOT NULL REFERENCES record (id),
            outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'already_have', 'rejected')),
            body TEXT NOT NULL
        ) STRICT;;
CREATE TABLE evidence (
            record_id TEXT NOT NULL REFERENCES record (id),
            name TEXT NOT NULL,
            blob BLOB NOT NULL,
            PRIMARY KEY (record_id, name)
        ) STRICT;;
CREATE TABLE outbox (
            record_id TEXT PRIMARY KEY REFERENCES record (id),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'rejected')),
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            next_at_ms INTEGER NOT NULL,
            tried_at_ms INTEGER,
            settled_at_ms INTEGER,
            code TEXT NOT NULL DEFAULT '',
            facts TEXT NOT NULL DEFAULT '{}'
        ) STRICT;;
CREATE TABLE head (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            hash TEXT NOT NULL,
            at TEXT NOT NULL,
            terminal_id TEXT NOT NULL,
            key_id TEXT NOT NULL REFERENCES signer (key_id),
            signature BLOB NOT NULL,
            receipt TEXT
        ) STRICT;;
CREATE TABLE enrolment (
            id TEXT PRIMARY KEY,
            audit_seq INTEGER NOT NULL UNIQUE REFERENCES audit (seq),
            person TEXT NOT NULL,
            engine TEXT NOT NULL,
            part TEXT NOT NULL,
            blob BLOB,
            revoked_seq INTEGER REFERENCES audit (seq),
            CHECK ((blob IS NULL) = (revoked_seq IS NOT NULL))
        ) STRICT;;
INSERT INTO "audit" VALUES(1,'2026-03-02T12:00:00.000Z','terminal.started','f2e701831fe9f813844606f2d0fad5c83c44590d2ced8265153c018ac2e40431','0000000000000000000000000000000000000000000000000000000000000000','70e3cdb654a57b5f33f6b1c453a4bb7a6f7bfb089a96d874cf1e0400e0a96f0b','{"build":"0.1.0"}');;
INSERT INTO "audit" VALUES(2,'2026-03-02T12:00:00.000Z','record.kept','2da6a2ce160a93523b1dc0b1a59dc3873f788d3e2dd400c7588a4953315985d0','70e3cdb654a57b5f33f6b1c453a4bb7a6f7bfb089a96d874cf1e0400e0a96f0b','71a4144c8c106dbb325042e733b00f0891812cab99d34fd334cae1d90f34d908',NULL);;
INSERT INTO "audit" VALUES(3,'2026-03-02T12:00:00.000Z','record.sent','f625c77372b861470c64f58c30aa70615d3f9105694c2df2adab02909d634b0e','71a4144c8c106dbb325042e733b00f0891812cab99d34fd334cae1d90f34d908','938f511ad6d40cbeb2e052b174173b0ca0e719a7873e6e4e58dee7c7d2f3d789','{"outcome":"accepted","reason":"","record_id":"0190a000-0000-7000-8000-000000000000"}');;
INSERT INTO "audit" VALUES(4,'2026-03-02T12:00:00.000Z','record.kept','ca6fcfb648a96a0ff42b5b8fa2b8b0af489bf3ae8e835477bf7746b5f4eec36a','938f511ad6d40cbeb2e052b174173b0ca0e719a7873e6e4e58dee7c7d2f3d789','0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee',NULL);;
INSERT INTO "audit" VALUES(5,'2026-11-26T23:12:00.522Z','book.mark_renewed','afee3ef92ca9cd29371a771f9dc60881147faf84728755867e92693dd652cfdc','0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee','97f351fbfd3c2761a489f2fc46508c78cfd1211cac4740ebfdb662cbcd195c59','{"found":4}');;
INSERT INTO "audit" VALUES(6,'2026-11-26T23:12:00.527Z','enrolment.kept','464d2bde215a502becabcddf3836ebe2f9f9e194b0f0caa87b79e80c03301a65','97f351fbfd3c2761a489f2fc46508c78cfd1211cac4740ebfdb662cbcd195c59','c1a9e46174d1747fd737e43de0bbfa04f1ab958de1c61e05009d19566c167608','{"id":"01a21a21-500f-7639-b0c0-03e69a0eaa4a","row_sha256":"3efae8dde88abdbb475ebc2d95ec07e0749763c7d8f32c8a90fbe6cf75ecc299"}');;
INSERT INTO "audit" VALUES(7,'2026-11-26T23:12:00.531Z','enrolment.kept','3479c3c692ceed932e7eb8ea57ba157711ca2e71fd3ef7289dfe2b7096b9e285','c1a9e46174d1747fd737e43de0bbfa04f1ab958de1c61e05009d19566c167608','ae4746e89b58f6def2036c76ce1425e45fc8defb46c71a4e80a23c5d99e5de4a','{"id":"01a21a21-5013-77da-89b0-1cb01ddbc7d5","row_sha256":"50cbacfd7a4411760ec6725451e5febeb888eef3c1d25c69954159ddd05c0a7a"}');;
INSERT INTO "audit" VALUES(8,'2026-11-26T23:12:00.538Z','enrolment.revoked','6a3bd2088a8f4800d04cb39e478c79a8c377adabd3b9e379bd62957193e4285b','ae4746e89b58f6def2036c76ce1425e45fc8defb46c71a4e80a23c5d99e5de4a','26d263df3e3e484190a6602babcb138f89b6718af41ba501a7b0d3f7cba0f26f','{"id":"01a21a21-5013-77da-89b0-1cb01ddbc7d5","reason":"left the bank"}');;
INSERT INTO "signer" VALUES('b55c9deed5fa0f1985b09d6a7fcb2b6f',X'302a300506032b6570032100d3d5afe77bc310eaf3e4c13a10528f73e3155b5d12c9fd85baca9c9463b8479d');;
INSERT INTO "record" VALUES('0190a000-0000-7000-8000-000000000000',2,'{"at":"2026-03-02T12:00:00.000Z","body":{"decision":"accept","score":0.5},"branch":"B-1","evidence":[{"media_type":"image/jpeg","name":"chip_photo","sha256_plain":"869fb96d3acaa2f64b573cb2c78e2b3b564c938ff76166cc6633a6d61f3d6f82","sha256_sealed":"d7495ea3f3d9df7e3ecfe3310fab7bd1746c756e80535317764c2610e7a5d483","size":14}],"id":"0190a000-0000-7000-8000-000000000000","kind":"case","schema":"renzheng.record/1","simulated":true,"terminal_id":"T-1"}','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'ef348065b3b973ba42e13eac6eff0f80da1f7ad82c4d5815fe3c262f654686b265c40d6f8c8fd0e40028f758627422d90109e3939d80ff9453bb5eaa8e82040d');;
INSERT INTO "record" VALUES('0190a000-0000-7000-8000-000000000001',4,'{"at":"2026-03-02T12:00:00.000Z","body":{"decision":"refuse","score":0.6},"branch":"B-1","evidence":[{"media_type":"image/jpeg","name":"chip_photo","sha256_plain":"869fb96d3acaa2f64b573cb2c78e2b3b564c938ff76166cc6633a6d61f3d6f82","sha256_sealed":"180512cd65e70e48ad6f8ef05d31003b50d5c0c7e11b214b87fd0b2fe3d75c26","size":14}],"id":"0190a000-0000-7000-8000-000000000001","kind":"case","schema":"renzheng.record/1","simulated":true,"terminal_id":"T-1"}','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'5881996758e9aa104b2ba5c3aa58e489ae179b49f3e5b2a9d8e6dd2c0c67b6d1967936fdc63c9c6720310c6e3b19e4a87eb9aa275c3e185971531f312b05de0b');;
INSERT INTO "receipt" VALUES(1,'0190a000-0000-7000-8000-000000000000','accepted','{"at":"2026-03-02T12:00:01.000Z","centre_id":"centre-1","facts":{},"outcome":"accepted","reason":"","record_id":"0190a000-0000-7000-8000-000000000000","record_sha256":"2da6a2ce160a93523b1dc0b1a59dc3873f788d3e2dd400c7588a4953315985d0","signature":"IdVIszVuR5F0p08YbPvlYkh1rcZnKwlqBdbehoqtkaEJrFXg7sB6pgtNy4yWGUsM9RjxYcA9HxfqMYxsazr6AQ=="}');;
INSERT INTO "evidence" VALUES('0190a000-0000-7000-8000-000000000000','chip_photo',X'525a534c0101ef88201619bdb1767e14286a2083bf8b9e20103f5051be5b036d85d9dfc3ffacc5d59b788cb2b40f8feb32f53b880938e195f05c92ee373917e26c4fd91b97450dbcb4865849');;
INSERT INTO "evidence" VALUES('0190a000-0000-7000-8000-000000000001','chip_photo',X'525a534c0101ef88201619bdb17637cbd05986625d2cbe3d5da6ef66538c169f5675be960e1253d21b9511c9f908be7da5910c6d2c3508f3f5c6f55683909de62ab6be15414344d0aab7601f');;
INSERT INTO "outbox" VALUES('0190a000-0000-7000-8000-000000000000','accepted',0,0,NULL,1772452800000,'','{}');;
INSERT INTO "outbox" VALUES('0190a000-0000-7000-8000-000000000001','waiting',0,0,NULL,NULL,'','{}');;
INSERT INTO "head" VALUES(4,'0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee','2026-03-02T12:00:00.000Z','T-1','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'b57643109472393059b506093077dc717e5b52241bcf77b08b65f5b4d9b3c6046326707f04d510c8f0b5de5eb831ce067677a387340738d030934bc20406e702','{"at":"2026-03-02T12:00:02.000Z","centre_id":"centre-1","hash":"0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee","seq":4,"signature":"LiW0uxssYYjB4eZo25/C3NyXyJwoEZ7bz7KF3Y9C3dc8vnV06bzHTbf+k5n1ZGsE83cB4oELdyHT1bAk3xJ+Dw==","terminal_id":"T-1"}');;
INSERT INTO "enrolment" VALUES('01a21a21-500f-7639-b0c0-03e69a0eaa4a',6,'S-1001','face test','',X'd245c6bb0b3d1a30c02f15bf42c13f44a61316b53352c3cae328f94c79c761156b0474294a6b2b',NULL);;
INSERT INTO "enrolment" VALUES('01a21a21-5013-77da-89b0-1cb01ddbc7d5',7,'S-1002','face test','',NULL,8);;
CREATE INDEX receipt_of_record ON receipt (record_id);;
CREATE INDEX outbox_by_state ON outbox (state, next_at_ms);;
CREATE TRIGGER audit_follows BEFORE INSERT ON audit
        WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit), 0)
            OR NEW.prev <> coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
        BEGIN SELECT RAISE(ABORT, 'audit line does not follow the last one'); END;;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;;
CREATE TRIGGER signer_no_update BEFORE UPDATE ON signer BEGIN SELECT RAISE(ABORT, 'signer is append-only'); END;;
CREATE TRIGGER signer_no_delete BEFORE DELETE ON signer BEGIN SELECT RAISE(ABORT, 'signer is append-only'); END;;
CREATE TRIGGER record_no_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'record is append-only'); END;;
CREATE TRIGGER record_no_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'record is append-only'); END;;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append-only'); END;;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append-only'); END;;
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;;
CREATE TRIGGER evidence_until_receipt BEFORE DELETE ON evidence
        WHEN NOT EXISTS (SELECT 1 FROM receipt
            WHERE record_id = OLD.record_id AND outcome IN ('accepted', 'already_have'))
        BEGIN SELECT RAISE(ABORT, 'evidence without receipt'); END;;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox is append-only'); END;;
CREATE TRIGGER head_no_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'head is append-only'); END;;
CREATE TRIGGER head_signed_once BEFORE UPDATE OF seq, hash, terminal_id, key_id, signature ON head
        BEGIN SELECT RAISE(ABORT, 'head is append-only'); END;;
CREATE INDEX enrolment_of_person ON enrolment (person);;
CREATE TRIGGER enrolment_no_delete BEFORE DELETE ON enrolment BEGIN SELECT RAISE(ABORT, 'enrolment is append-only'); END;;
CREATE TRIGGER enrolment_only_revoked BEFORE UPDATE ON enrolment
        WHEN OLD.blob IS NULL OR NEW.blob IS NOT NULL
            OR (NEW.id, NEW.audit_seq, NEW.person, NEW.engine, NEW.part)
            IS NOT (OLD.id, OLD.audit_seq, OLD.person, OLD.engine, OLD.part)
        BEGIN SELECT RAISE(ABORT, 'an enrolment can only be revoked'); END;;
PRAGMA application_id = 1381646923;;
PRAGMA user_version = 2;;
