"""What is kept between runs: snapshots of audits, the accepted customer list, undecided suspects."""
