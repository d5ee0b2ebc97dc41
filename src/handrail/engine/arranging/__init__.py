"""What was booked is arranged outside: letters to buyers, entries in reps' calendars."""
