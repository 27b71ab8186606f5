-- A database of schema version 4, with data in each of its tables.
BEGIN TRANSACTION;
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'2025-03-12 01:00:00.000000','cli','submit','kh.ket-qua.2025-Q1.y-te','12/BC-SYT');
CREATE TABLE change (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "change" VALUES(1,'kh.ket-qua.2025-Q1','moved','2025-03-12 01:00:00.000000','{"key": "kh.ket-qua.2025-Q1", "plan": "kh", "obligation": "ket-qua", "period": "2025-Q1", "kind": "quarter-1", "op": "before", "title": "B\u00e1o c\u00e1o k\u1ebft qu\u1ea3", "wording": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "spoken": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "plan_title": "K\u1ebf ho\u1ea1ch d\u00e2n v\u1eadn", "plan_number": "12/KH-UBND", "clause": "III.1", "reporters": ["so"], "reporter_names": ["S\u1edf Y t\u1ebf", "S\u1edf T\u00e0i ch\u00ednh"], "reporter_count": 2, "to": "ubnd", "to_name": "UBND t\u1ec9nh", "via": "noi-vu", "via_name": "S\u1edf N\u1ed9i v\u1ee5", "stated": "2025-03-20", "last_day": "2025-03-19", "send_by": "2025-03-19"}','{"key": "kh.ket-qua.2025-Q1", "plan": "kh", "obligation": "ket-qua", "period": "2025-Q1", "kind": "quarter-1", "op": "before", "title": "B\u00e1o c\u00e1o k\u1ebft qu\u1ea3", "wording": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "spoken": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "plan_title": "K\u1ebf ho\u1ea1ch d\u00e2n v\u1eadn", "plan_number": "12/KH-UBND", "clause": "III.1", "reporters": ["so"], "reporter_names": ["S\u1edf Y t\u1ebf", "S\u1edf T\u00e0i ch\u00ednh"], "reporter_count": 2, "to": "ubnd", "to_name": "UBND t\u1ec9nh", "via": "noi-vu", "via_name": "S\u1edf N\u1ed9i v\u1ee5", "stated": "2025-03-20", "last_day": "2025-03-19", "send_by": "2025-03-19"}');
CREATE TABLE link (
	name VARCHAR NOT NULL, 
	generation INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "link" VALUES('units/y-te',1);
CREATE TABLE login (
	digest VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	expires DATETIME NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "login" VALUES('5555555555555555555555555555555555555555555555555555555555555555','session','vanthu@huyen.example','2025-03-12 09:00:00.000000');
CREATE TABLE "mail" (
	id INTEGER NOT NULL, 
	unit VARCHAR NOT NULL, 
	day DATE NOT NULL, 
	message_id VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	claimed_until DATETIME, 
	attempts INTEGER NOT NULL, 
	sent DATETIME, 
	recipients JSON NOT NULL, 
	copies JSON NOT NULL, 
	subject VARCHAR NOT NULL, 
	error VARCHAR NOT NULL, 
	accepted JSON NOT NULL, 
	claimed_by INTEGER, 
	turn INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_mail_message_id UNIQUE (message_id), 
	CONSTRAINT mail_unit_day_turn_key UNIQUE (unit, day, turn)
);
INSERT INTO "mail" VALUES(1,'y-te','2025-03-12','<1@lich.example.vn>','sent','2025-03-12 01:00:00.000000',NULL,1,'2025-03-12 01:00:00.000000','["y-te@tinh.example"]','[]','[Nhắc hạn] Báo cáo quý I','','["yte@tinh.example"]',NULL,0);
INSERT INTO "mail" VALUES(2,'tai-chinh','2025-03-12','<2@lich.example.vn>','failed','2025-03-12 01:00:00.000000',NULL,1,NULL,'["tai-chinh@tinh.example"]','[]','','550 no such user','[]',NULL,0);
INSERT INTO "mail" VALUES(3,'noi-vu','2025-03-12','<3@lich.example.vn>','due','2025-03-12 01:00:00.000000',NULL,1,NULL,'["noi-vu@tinh.example"]','[]','','','[]',NULL,0);
CREATE TABLE mailitem (
	id INTEGER NOT NULL, 
	mail_id INTEGER NOT NULL, 
	unit VARCHAR NOT NULL, 
	deadline VARCHAR NOT NULL, 
	due DATE NOT NULL, 
	rung VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (unit, deadline, due, rung), 
	FOREIGN KEY(mail_id) REFERENCES mail (id) ON DELETE CASCADE
);
INSERT INTO "mailitem" VALUES(1,1,'y-te','kh.ket-qua.2025-Q1','2025-03-19','-7');
INSERT INTO "mailitem" VALUES(2,2,'tai-chinh','kh.ket-qua.2025-Q1','2025-03-19','-7');
INSERT INTO "mailitem" VALUES(3,3,'noi-vu','kh.ket-qua.2025-Q1','2025-03-19','-7');
CREATE TABLE note (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "note" VALUES('uid_domain','lich.example.vn');
INSERT INTO "note" VALUES('horizon','2026-09-12');
INSERT INTO "note" VALUES('schema','4');
CREATE TABLE publication (
	"key" VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	sequence INTEGER NOT NULL, 
	first_seen DATETIME NOT NULL, 
	modified DATETIME NOT NULL, 
	withdrawn DATETIME, 
	PRIMARY KEY ("key")
);
INSERT INTO "publication" VALUES('kh.ket-qua.2025-Q1','658fd1ffbae320d5870f340afb8fb2af','{"key": "kh.ket-qua.2025-Q1", "plan": "kh", "obligation": "ket-qua", "period": "2025-Q1", "kind": "quarter-1", "op": "before", "title": "B\u00e1o c\u00e1o k\u1ebft qu\u1ea3", "wording": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "spoken": "tr\u01b0\u1edbc ng\u00e0y 20/3/2025", "plan_title": "K\u1ebf ho\u1ea1ch d\u00e2n v\u1eadn", "plan_number": "12/KH-UBND", "clause": "III.1", "reporters": ["so"], "reporter_names": ["S\u1edf Y t\u1ebf", "S\u1edf T\u00e0i ch\u00ednh"], "reporter_count": 2, "to": "ubnd", "to_name": "UBND t\u1ec9nh", "via": "noi-vu", "via_name": "S\u1edf N\u1ed9i v\u1ee5", "stated": "2025-03-20", "last_day": "2025-03-19", "send_by": "2025-03-19"}',2,'2025-03-12 01:00:00.000000','2025-03-12 01:00:00.000000',NULL);
CREATE TABLE submission (
	id INTEGER NOT NULL, 
	"plan" VARCHAR NOT NULL, 
	obligation VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	unit VARCHAR NOT NULL, 
	submitted_on DATE NOT NULL, 
	reference VARCHAR NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	recorded_by VARCHAR NOT NULL, 
	withdrawn DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "submission" VALUES(1,'kh','ket-qua','2025-Q1','y-te','2025-03-14','11/BC-SYT','2025-03-12 01:00:00.000000','cli','2025-03-12 01:00:00.000000');
INSERT INTO "submission" VALUES(2,'kh','ket-qua','2025-Q1','y-te','2025-03-14','12/BC-SYT','2025-03-12 01:00:00.000000','cli',NULL);
INSERT INTO "submission" VALUES(3,'kh','ket-qua','2025-Q1','y-te','2025-03-14','12/BC-SYT','2025-03-12 01:00:00.000000','y-te','2025-03-12 01:00:00.000000');
INSERT INTO "submission" VALUES(4,'kh','ket-qua','2025-Q1','tai-chinh','2025-03-14','','2025-03-12 01:00:00.000000','cli',NULL);
CREATE INDEX ix_change_key ON change ("key");
CREATE INDEX submission_of ON submission ("plan", obligation, period, unit);
CREATE INDEX ix_mailitem_mail_id ON mailitem (mail_id);
CREATE UNIQUE INDEX submission_standing ON submission ("plan", obligation, period, unit) WHERE withdrawn IS NULL;
CREATE INDEX mailitem_due ON mailitem (due);
CREATE INDEX mail_state ON mail (state, claimed_until);
COMMIT;
