#pragma once
/* Shared by the reader and the writer of JSON strings. */

/* What may follow a backslash, and what it then means. Only "/" is read but never written. */
static const char escape_letters[] = "\"\\nrtbf/";
static const char escaped_characters[] = "\"\\\n\r\t\b\f/";
