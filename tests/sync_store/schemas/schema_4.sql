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
CREATE TABLE task_event (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            task_id TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number > 0),
            what TEXT NOT NULL CHECK (what IN ('opened', 'reminded', 'escalated', 'assigned', 'closed')),
            body TEXT NOT NULL,
            UNIQUE (task_id, number)
        ) STRICT;;
CREATE TABLE operator (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            maker TEXT NOT NULL,
            checker TEXT NOT NULL CHECK (checker <> maker),
            body TEXT NOT NULL
        ) STRICT;;
CREATE TABLE operator_secret (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            blob BLOB,
            ended_seq INTEGER REFERENCES audit (seq),
            CHECK ((blob IS NULL) = (ended_seq IS NOT NULL))
        ) STRICT;;
CREATE TABLE operator_try (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('refused', 'admitted', 'unlocked'))
        ) STRICT;;
INSERT INTO "audit" VALUES(1,'2026-03-02T12:00:00.000Z','terminal.started','f2e701831fe9f813844606f2d0fad5c83c44590d2ced8265153c018ac2e40431','0000000000000000000000000000000000000000000000000000000000000000','70e3cdb654a57b5f33f6b1c453a4bb7a6f7bfb089a96d874cf1e0400e0a96f0b','{"build":"0.1.0"}');;
INSERT INTO "audit" VALUES(2,'2026-03-02T12:00:00.000Z','record.kept','2da6a2ce160a93523b1dc0b1a59dc3873f788d3e2dd400c7588a4953315985d0','70e3cdb654a57b5f33f6b1c453a4bb7a6f7bfb089a96d874cf1e0400e0a96f0b','71a4144c8c106dbb325042e733b00f0891812cab99d34fd334cae1d90f34d908',NULL);;
INSERT INTO "audit" VALUES(3,'2026-03-02T12:00:00.000Z','record.sent','f625c77372b861470c64f58c30aa70615d3f9105694c2df2adab02909d634b0e','71a4144c8c106dbb325042e733b00f0891812cab99d34fd334cae1d90f34d908','938f511ad6d40cbeb2e052b174173b0ca0e719a7873e6e4e58dee7c7d2f3d789','{"outcome":"accepted","reason":"","record_id":"0190a000-0000-7000-8000-000000000000"}');;
INSERT INTO "audit" VALUES(4,'2026-03-02T12:00:00.000Z','record.kept','ca6fcfb648a96a0ff42b5b8fa2b8b0af489bf3ae8e835477bf7746b5f4eec36a','938f511ad6d40cbeb2e052b174173b0ca0e719a7873e6e4e58dee7c7d2f3d789','0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee',NULL);;
INSERT INTO "audit" VALUES(5,'2026-11-26T23:12:00.522Z','book.mark_renewed','afee3ef92ca9cd29371a771f9dc60881147faf84728755867e92693dd652cfdc','0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee','97f351fbfd3c2761a489f2fc46508c78cfd1211cac4740ebfdb662cbcd195c59','{"found":4}');;
INSERT INTO "audit" VALUES(6,'2026-11-26T23:12:00.527Z','enrolment.kept','464d2bde215a502becabcddf3836ebe2f9f9e194b0f0caa87b79e80c03301a65','97f351fbfd3c2761a489f2fc46508c78cfd1211cac4740ebfdb662cbcd195c59','c1a9e46174d1747fd737e43de0bbfa04f1ab958de1c61e05009d19566c167608','{"id":"01a21a21-500f-7639-b0c0-03e69a0eaa4a","row_sha256":"3efae8dde88abdbb475ebc2d95ec07e0749763c7d8f32c8a90fbe6cf75ecc299"}');;
INSERT INTO "audit" VALUES(7,'2026-11-26T23:12:00.531Z','enrolment.kept','3479c3c692ceed932e7eb8ea57ba157711ca2e71fd3ef7289dfe2b7096b9e285','c1a9e46174d1747fd737e43de0bbfa04f1ab958de1c61e05009d19566c167608','ae4746e89b58f6def2036c76ce1425e45fc8defb46c71a4e80a23c5d99e5de4a','{"id":"01a21a21-5013-77da-89b0-1cb01ddbc7d5","row_sha256":"50cbacfd7a4411760ec6725451e5febeb888eef3c1d25c69954159ddd05c0a7a"}');;
INSERT INTO "audit" VALUES(8,'2026-11-26T23:12:00.538Z','enrolment.revoked','6a3bd2088a8f4800d04cb39e478c79a8c377adabd3b9e379bd62957193e4285b','ae4746e89b58f6def2036c76ce1425e45fc8defb46c71a4e80a23c5d99e5de4a','26d263df3e3e484190a6602babcb138f89b6718af41ba501a7b0d3f7cba0f26f','{"id":"01a21a21-5013-77da-89b0-1cb01ddbc7d5","reason":"left the bank"}');;
INSERT INTO "audit" VALUES(9,'2026-11-27T07:39:26.493Z','book.mark_renewed','d8630b521b23a15121bfdc218dc7e70c2605e1d548f7bf1590949481e19ab772','26d263df3e3e484190a6602babcb138f89b6718af41ba501a7b0d3f7cba0f26f','46edd36d5f4bf977968532c626797b1998891d99e1e80f5c928cb022cb969f7f','{"found":8}');;
INSERT INTO "audit" VALUES(10,'2026-11-27T07:39:26.496Z','task.opened','500e92eac98ea3b8155ab4b025f93d8f2fb7aa1b1751cffb8357d96e373f8e0d','46edd36d5f4bf977968532c626797b1998891d99e1e80f5c928cb022cb969f7f','cf43c3abe6a5790f76eec8ecbe0b533711fc31063bff79b7e9ef3ae58d82085c','{"id":"0190b000-0000-7000-8000-000000000000","number":1,"row_sha256":"986e9651772f12d7d968745a2eb14627e7d4c324e0d60a091545bf6063ffa5b9"}');;
INSERT INTO "audit" VALUES(11,'2026-11-27T07:39:26.500Z','task.closed','98408cdd18b5a655dc48125ec1098cfd5d053e37d7ef1e8633a3316ddcf0bcd4','cf43c3abe6a5790f76eec8ecbe0b533711fc31063bff79b7e9ef3ae58d82085c','46f196b7bd139688fe882213f20002f228fa8ded503877faf595321715c8dc5b','{"id":"0190b000-0000-7000-8000-000000000000","number":2,"row_sha256":"74bfc4443b4e84c8af067d090368ce51280e27c237407dbe6441964d6187066e"}');;
INSERT INTO "audit" VALUES(12,'2026-11-27T08:53:10.432Z','book.mark_renewed','01dcd60968fe03be4ae6248af71deb7ba0e98d5506ffa7c2922acb54faf3fbbb','46f196b7bd139688fe882213f20002f228fa8ded503877faf595321715c8dc5b','477be2b542dee383d3a567f17fadca50cc86aad3cb72c689b817c62b756e9da9','{"found":11}');;
INSERT INTO "audit" VALUES(13,'2026-11-27T08:53:10.451Z','operator.changed','53e45fcda2f2331a1d9dad14dca4d1cf1a5bbf56608fab385523c3af6e3823d0','477be2b542dee383d3a567f17fadca50cc86aad3cb72c689b817c62b756e9da9','3faa80be7aef58d32fc8090872a9e4da59e6faa0d876a126793d32c67459b906','{"checker":"S-3","ends_secret":false,"maker":"S-2","person":"S-1","row_sha256":"11a23324363f1542dd0a642ba56bacbf40791128faea594f9a8f02709b3afe33"}');;
INSERT INTO "audit" VALUES(14,'2026-11-27T08:53:10.481Z','operator.secret_kept','5ed8c31ce13fcc8d3b7a20747cf5107db8d5d68c6d02ef32530639e9af2ec2c7','3faa80be7aef58d32fc8090872a9e4da59e6faa0d876a126793d32c67459b906','04d0f61b34e96f6744e24874de6c2015f8459bef584ca52757c7d6210cce0ed0','{"person":"S-1","row_sha256":"baf7b12f5738de2ce6c5877002120071e06264675225b3c93e744fec0302babb"}');;
INSERT INTO "audit" VALUES(15,'2026-11-27T08:53:10.493Z','operator.refused','2449a119d98c87b943417018915aef9b98d19948dd16d1e277604bad274cfc6c','04d0f61b34e96f6744e24874de6c2015f8459bef584ca52757c7d6210cce0ed0','2248132754c8abad370bba3038bacabca96d9fe0e8bfb30d6087ac696dfa9dc8','{"person":"S-1"}');;
INSERT INTO "signer" VALUES('b55c9deed5fa0f1985b09d6a7fcb2b6f',X'302A300506032B6570032100D3D5AFE77BC310EAF3E4C13A10528F73E3155B5D12C9FD85BACA9C9463B8479D');;
INSERT INTO "record" VALUES('0190a000-0000-7000-8000-000000000000',2,'{"at":"2026-03-02T12:00:00.000Z","body":{"decision":"accept","score":0.5},"branch":"B-1","evidence":[{"media_type":"image/jpeg","name":"chip_photo","sha256_plain":"869fb96d3acaa2f64b573cb2c78e2b3b564c938ff76166cc6633a6d61f3d6f82","sha256_sealed":"d7495ea3f3d9df7e3ecfe3310fab7bd1746c756e80535317764c2610e7a5d483","size":14}],"id":"0190a000-0000-7000-8000-000000000000","kind":"case","schema":"renzheng.record/1","simulated":true,"terminal_id":"T-1"}','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'EF348065B3B973BA42E13EAC6EFF0F80DA1F7AD82C4D5815FE3C262F654686B265C40D6F8C8FD0E40028F758627422D90109E3939D80FF9453BB5EAA8E82040D');;
INSERT INTO "record" VALUES('0190a000-0000-7000-8000-000000000001',4,'{"at":"2026-03-02T12:00:00.000Z","body":{"decision":"refuse","score":0.6},"branch":"B-1","evidence":[{"media_type":"image/jpeg","name":"chip_photo","sha256_plain":"869fb96d3acaa2f64b573cb2c78e2b3b564c938ff76166cc6633a6d61f3d6f82","sha256_sealed":"180512cd65e70e48ad6f8ef05d31003b50d5c0c7e11b214b87fd0b2fe3d75c26","size":14}],"id":"0190a000-0000-7000-8000-000000000001","kind":"case","schema":"renzheng.record/1","simulated":true,"terminal_id":"T-1"}','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'5881996758E9AA104B2BA5C3AA58E489AE179B49F3E5B2A9D8E6DD2C0C67B6D1967936FDC63C9C6720310C6E3B19E4A87EB9AA275C3E185971531F312B05DE0B');;
INSERT INTO "receipt" VALUES(1,'0190a000-0000-7000-8000-000000000000','accepted','{"at":"2026-03-02T12:00:01.000Z","centre_id":"centre-1","facts":{},"outcome":"accepted","reason":"","record_id":"0190a000-0000-7000-8000-000000000000","record_sha256":"2da6a2ce160a93523b1dc0b1a59dc3873f788d3e2dd400c7588a4953315985d0","signature":"IdVIszVuR5F0p08YbPvlYkh1rcZnKwlqBdbehoqtkaEJrFXg7sB6pgtNy4yWGUsM9RjxYcA9HxfqMYxsazr6AQ=="}');;
INSERT INTO "evidence" VALUES('0190a000-0000-7000-8000-000000000000','chip_photo',X'525A534C0101EF88201619BDB1767E14286A2083BF8B9E20103F5051BE5B036D85D9DFC3FFACC5D59B788CB2B40F8FEB32F53B880938E195F05C92EE373917E26C4FD91B97450DBCB4865849');;
INSERT INTO "evidence" VALUES('0190a000-0000-7000-8000-000000000001','chip_photo',X'525A534C0101EF88201619BDB17637CBD05986625D2CBE3D5DA6EF66538C169F5675BE960E1253D21B9511C9F908BE7DA5910C6D2C3508F3F5C6F55683909DE62AB6BE15414344D0AAB7601F');;
INSERT INTO "outbox" VALUES('0190a000-0000-7000-8000-000000000000','accepted',0,0,NULL,1772452800000,'','{}');;
INSERT INTO "outbox" VALUES('0190a000-0000-7000-8000-000000000001','waiting',0,0,NULL,NULL,'','{}');;
INSERT INTO "head" VALUES(4,'0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee','2026-03-02T12:00:00.000Z','T-1','b55c9deed5fa0f1985b09d6a7fcb2b6f',X'B57643109472393059B506093077DC717E5B52241BCF77B08B65F5B4D9B3C6046326707F04D510C8F0B5DE5EB831CE067677A387340738D030934BC20406E702','{"at":"2026-03-02T12:00:02.000Z","centre_id":"centre-1","hash":"0da91f82fc3c10080598a5823d8a19ba38f0c1a93d32bb83029b5876f4aa16ee","seq":4,"signature":"LiW0uxssYYjB4eZo25/C3NyXyJwoEZ7bz7KF3Y9C3dc8vnV06bzHTbf+k5n1ZGsE83cB4oELdyHT1bAk3xJ+Dw==","terminal_id":"T-1"}');;
INSERT INTO "enrolment" VALUES('01a21a21-500f-7639-b0c0-03e69a0eaa4a',6,'S-1001','face test','',X'D245C6BB0B3D1A30C02F15BF42C13F44A61316B53352C3CAE328F94C79C761156B0474294A6B2B',NULL);;
INSERT INTO "enrolment" VALUES('01a21a21-5013-77da-89b0-1cb01ddbc7d5',7,'S-1002','face test','',NULL,8);;
INSERT INTO "task_event" VALUES(10,'0190b000-0000-7000-8000-000000000000',1,'opened','{"id":"0190b000-0000-7000-8000-000000000000","state":"open"}');;
INSERT INTO "task_event" VALUES(11,'0190b000-0000-7000-8000-000000000000',2,'closed','{"id":"0190b000-0000-7000-8000-000000000000","state":"closed"}');;
INSERT INTO "operator" VALUES(13,'S-1','S-2','S-3','{"name":"示例"}');;
INSERT INTO "operator_secret" VALUES(14,'S-1',X'29F71CE30D2F762F4BC7546C54534522DBE604E863FE304AB161D2FBB940CDF81AD8',NULL);;
INSERT INTO "operator_try" VALUES(15,'S-1','refused');;
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
CREATE TRIGGER task_event_no_update BEFORE UPDATE ON task_event BEGIN SELECT RAISE(ABORT, 'task_event is append-only'); END;;
CREATE TRIGGER task_event_no_delete BEFORE DELETE ON task_event BEGIN SELECT RAISE(ABORT, 'task_event is append-only'); END;;
CREATE TRIGGER task_event_follows BEFORE INSERT ON task_event
        WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM task_event WHERE task_id = NEW.task_id), 0)
            OR (NEW.number = 1) <> (NEW.what = 'opened')
            OR EXISTS (SELECT 1 FROM task_event WHERE task_id = NEW.task_id AND what = 'closed')
        BEGIN SELECT RAISE(ABORT, 'an event of a follow-up does not follow the last one'); END;;
CREATE INDEX operator_by_person ON operator (person, audit_seq);;
CREATE TRIGGER operator_no_update BEFORE UPDATE ON operator BEGIN SELECT RAISE(ABORT, 'operator is append-only'); END;;
CREATE TRIGGER operator_no_delete BEFORE DELETE ON operator BEGIN SELECT RAISE(ABORT, 'operator is append-only'); END;;
CREATE UNIQUE INDEX operator_secret_held ON operator_secret (person) WHERE ended_seq IS NULL;;
CREATE TRIGGER operator_secret_no_delete BEFORE DELETE ON operator_secret BEGIN SELECT RAISE(ABORT, 'operator_secret is append-only'); END;;
CREATE TRIGGER operator_secret_only_ended BEFORE UPDATE ON operator_secret
        WHEN OLD.blob IS NULL OR NEW.blob IS NOT NULL
            OR (NEW.audit_seq, NEW.person) IS NOT (OLD.audit_seq, OLD.person)
        BEGIN SELECT RAISE(ABORT, 'a secret can only be ended'); END;;
CREATE INDEX operator_try_by_person ON operator_try (person, audit_seq);;
CREATE TRIGGER operator_try_no_update BEFORE UPDATE ON operator_try BEGIN SELECT RAISE(ABORT, 'operator_try is append-only'); END;;
CREATE TRIGGER operator_try_no_delete BEFORE DELETE ON operator_try BEGIN SELECT RAISE(ABORT, 'operator_try is append-only'); END;;
PRAGMA application_id = 1381646923;;
PRAGMA user_version = 4;;
