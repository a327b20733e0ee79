"""What a case 件 is after its events, part by part; nothing here refuses anything."""
