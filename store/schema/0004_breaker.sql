-- How many complete answers in a row lacked so many rows of a location that they were not believed; JSON, by location.
ALTER TABLE listing ADD COLUMN held_passes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(held_passes));
