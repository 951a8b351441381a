"""What a run is judged by, beside the auditors of tradewind.audit."""
