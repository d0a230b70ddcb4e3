"""The thinking behind loans: who gets how much at what price, schedules, interest day by day."""
