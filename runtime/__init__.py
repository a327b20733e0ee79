"""What every service stands on: event log, execute, projector, HTTP edge. It knows no word of the trade."""
